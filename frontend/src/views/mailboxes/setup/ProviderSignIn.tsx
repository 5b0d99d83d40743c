import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import { leaveToSignIn, oauthClientsOptions } from '../../../services/oauth'
import type { OAuthProvider } from '../../../services/types'
import { PROVIDER_NAME } from '../providers'
import type { StepProps } from './SetupWizard'
import classes from './setup.module.css'
import { keepSetup } from './wizardStore'

/** "Sign in with ..." where the address's provider takes it; says so when the desk is not registered there. */
export function ProviderSignIn({ setup, change }: Pick<StepProps, 'setup' | 'change'>) {
  const { t } = useTranslation()
  const { form, found, account } = setup
  const offered = (found?.sign_in ?? []).filter((one) => one !== 'password')
  if (form.sign_in !== 'password' && form.oauth_request) {
    return (
      <div className={classes.signedIn} role="status">
        <Icon name="checkCircle" />
        <span>
          {t('mailboxes:setup.signedIn', {
            provider: PROVIDER_NAME[form.sign_in],
            context: form.sign_in,
            account: account || form.address,
          })}
        </span>
        <Button
          variant="subtle"
          color="gray"
          onClick={() =>
            change({ account: '', form: { ...form, sign_in: 'password', oauth_request: '' } })
          }
        >
          {t('mailboxes:setup.otherSignIn')}
        </Button>
      </div>
    )
  }
  if (offered.length === 0) return null
  return (
    <div className={classes.offers}>
      {offered.map((provider) => (
        <Offer key={provider} provider={provider} setup={setup} />
      ))}
      <p className={classes.or}>
        <span>{t('mailboxes:setup.orPassword')}</span>
      </p>
    </div>
  )
}

function Offer({ provider, setup }: { provider: OAuthProvider; setup: StepProps['setup'] }) {
  const { t } = useTranslation()
  const clients = useQuery(oauthClientsOptions())
  const configured = clients.data?.find((one) => one.provider === provider)?.configured
  const { address } = setup.form
  const leave = useMutation({
    mutationFn: () => {
      keepSetup(setup)
      const back = { mailboxId: 'new', search: { address, step: 'account' } }
      return leaveToSignIn(provider, { address }, back)
    },
    onError: (error) =>
      showToast(t('mailboxes:signIn.problem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  const name = PROVIDER_NAME[provider]
  return (
    <div>
      <Button
        fullWidth
        size="sm"
        leftSection={<Icon name="key" />}
        disabled={configured === false}
        loading={leave.isPending || leave.isSuccess}
        onClick={() => leave.mutate()}
      >
        {t('mailboxes:setup.signInWith', { provider: name })}
      </Button>
      {configured === false && (
        <p className={classes.unregistered}>
          {t('mailboxes:setup.unregistered', { provider: name, context: provider })}{' '}
          <Link to="/mailboxes/providers">{t('mailboxes:setup.register')}</Link>
        </p>
      )}
    </div>
  )
}
