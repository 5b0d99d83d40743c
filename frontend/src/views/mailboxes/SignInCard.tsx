import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import { leaveToSignIn } from '../../services/oauth'
import type { Mailbox } from '../../services/types'
import classes from './mailboxes.module.css'
import { PROVIDER_NAME } from './providers'

/** The account a mailbox signs in with at its provider, and how that stands; nothing for passwords. */
export function SignInCard({ mailbox, canWrite }: { mailbox: Mailbox; canWrite: boolean }) {
  const { t } = useTranslation()
  const { grant, sign_in } = mailbox
  if (sign_in === 'password') return null
  const revoked = grant === null || grant.state === 'revoked'
  const provider = PROVIDER_NAME[sign_in]
  return (
    <section
      className={classes.signIn}
      data-tone={revoked ? 'problem' : undefined}
      aria-label={t('mailboxes:signIn.title')}
    >
      <Icon name={revoked ? 'alert' : 'key'} />
      <div className={classes.signInText}>
        <strong>
          {t(`mailboxes:signIn.${revoked ? 'revoked' : 'connected'}`, {
            provider,
            context: sign_in,
          })}
        </strong>
        {grant?.account && <span> {grant.account}</span>}
        {revoked && <p className={classes.small}>{t('mailboxes:signIn.revokedHelp')}</p>}
        {!revoked && grant?.refreshed_at && (
          <p className={classes.small}>
            {t('mailboxes:signIn.renewed')} <TimeText at={grant.refreshed_at} form="ago" />
          </p>
        )}
        {grant?.error_words && <code className={classes.detail}>{grant.error_words}</code>}
      </div>
      {canWrite && <ConnectAgain mailbox={mailbox} loud={revoked} />}
    </section>
  )
}

interface ConnectAgainProps {
  mailbox: Pick<Mailbox, 'id' | 'sign_in'>
  loud?: boolean
}

/** Leaves for the provider's sign-in page and comes back to this mailbox. */
export function ConnectAgain({ mailbox, loud = false }: ConnectAgainProps) {
  const { t } = useTranslation()
  const leave = useMutation({
    mutationFn: async () => {
      if (mailbox.sign_in === 'password') return
      const back = { mailboxId: mailbox.id, search: {} }
      await leaveToSignIn(mailbox.sign_in, { mailbox: mailbox.id }, back)
    },
    onError: (error) =>
      showToast(t('mailboxes:signIn.problem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  return (
    <Button
      variant={loud ? 'filled' : 'default'}
      loading={leave.isPending || leave.isSuccess}
      onClick={() => leave.mutate()}
    >
      {t('mailboxes:signIn.again')}
    </Button>
  )
}
