import { ActionIcon, Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { Icon } from '../../components/Icon'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import frame from '../../components/PageFrame.module.css'
import { problemWords } from '../../components/problemWords'
import { TableSkeleton } from '../../components/TableSkeleton'
import { showToast } from '../../components/toasts'
import { changeMailbox, deleteMailbox, mailboxKeys, mailboxOptions } from '../../services/mailboxes'
import { noAnswer } from '../../services/problem'
import type { Mailbox } from '../../services/types'
import { useMay } from '../../services/useSession'
import { MailboxEditor } from './MailboxEditor'
import { MailboxState } from './MailboxState'
import classes from './mailboxes.module.css'

const NEW = 'new'

export function MailboxPage() {
  const { t } = useTranslation()
  const { mailboxId = NEW } = useParams({ strict: false })
  const isNew = mailboxId === NEW
  const mailbox = useQuery({ ...mailboxOptions(mailboxId), enabled: !isNew })
  if (!isNew && mailbox.isPending) return <TableSkeleton />
  if (!isNew && !mailbox.data) {
    return (
      <LoadProblem error={mailbox.error ?? noAnswer()} onRetry={() => void mailbox.refetch()} />
    )
  }
  const saved = mailbox.data
  return (
    <PageFrame
      title={saved ? saved.name || saved.address : t('mailboxes:connect')}
      before={
        <ActionIcon
          component={Link}
          to="/mailboxes"
          aria-label={t('mailboxes:back')}
          title={t('mailboxes:back')}
        >
          <Icon name="arrowLeft" />
        </ActionIcon>
      }
      actions={saved && <DeleteButton mailbox={saved} />}
    >
      <div className={frame.form}>
        {saved && <StateLine mailbox={saved} />}
        <MailboxEditor key={saved ? `${saved.id} ${saved.version}` : NEW} mailbox={saved ?? null} />
      </div>
    </PageFrame>
  )
}

function StateLine({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const canWrite = useMay('mailbox.write')
  const paused = mailbox.state === 'paused'
  const change = useMutation({
    mutationFn: () => changeMailbox(mailbox.id, { state: paused ? 'active' : 'paused' }),
    onSuccess: (saved) => {
      client.setQueryData(mailboxKeys.detail(mailbox.id), saved)
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      showToast(t(paused ? 'mailboxes:resumed' : 'mailboxes:paused'))
    },
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  return (
    <div className={classes.line}>
      <MailboxState mailbox={mailbox} />
      {canWrite && (
        <Button variant="default" loading={change.isPending} onClick={() => change.mutate()}>
          {t(paused ? 'mailboxes:resume' : 'mailboxes:pause')}
        </Button>
      )}
      {mailbox.state === 'error' && mailbox.last_error && (
        <LastError code={mailbox.last_error_code} words={mailbox.last_error} />
      )}
    </div>
  )
}

/** What to do, in the reader's language; the server's own words where they are wanted. */
function LastError({ code, words }: { code: string; words: string }) {
  const { t } = useTranslation()
  const advice = code && t(`mailboxes:advice.${code}`, { defaultValue: '' })
  if (!advice) return <code className={classes.error}>{words}</code>
  return (
    <div className={classes.advice}>
      {advice}
      <details>
        <summary>{t('mailboxes:technical')}</summary>
        <code className={classes.error}>{words}</code>
      </details>
    </div>
  )
}

function DeleteButton({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const canWrite = useMay('mailbox.write')
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: () => deleteMailbox(mailbox.id),
    onSuccess: () => {
      void navigate({ to: '/mailboxes' })
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      showToast(t('mailboxes:deleted', { address: mailbox.address }))
    },
    onError: (error) => {
      setAsking(false)
      showToast(t('mailboxes:deleteProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      })
    },
  })
  if (!canWrite) return null
  return (
    <>
      <ActionIcon
        aria-label={t('mailboxes:delete')}
        title={t('mailboxes:delete')}
        onClick={() => setAsking(true)}
      >
        <Icon name="trash" />
      </ActionIcon>
      <ConfirmDialog
        opened={asking}
        title={t('mailboxes:deleteTitle', { address: mailbox.address })}
        action={t('common:delete')}
        typeToConfirm={mailbox.address}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        {t('mailboxes:deleteText')}
      </ConfirmDialog>
    </>
  )
}
