import { ActionIcon, Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
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
import { deleteMailbox, mailboxKeys, mailboxOptions } from '../../services/mailboxes'
import { noAnswer } from '../../services/problem'
import type { Mailbox } from '../../services/types'
import { useMay } from '../../services/useSession'
import classes from './cards.module.css'
import { MailboxTroubles } from './MailboxCard'
import { MailboxEditor } from './MailboxEditor'
import { MailboxEvents } from './MailboxEvents'
import { MailboxHealth } from './MailboxHealth'
import { SetupWizard } from './setup/SetupWizard'
import { useMailboxSwitch } from './useMailboxSwitch'
import { useReconnect } from './useReconnect'

const route = getRouteApi('/desk/mailboxes/$mailboxId')
const NEW = 'new'

export function MailboxPage() {
  const { t } = useTranslation()
  const { mailboxId } = route.useParams()
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
      key={mailboxId}
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
      <div className={frame.form}>{saved ? <SavedMailbox mailbox={saved} /> : <SetupWizard />}</div>
    </PageFrame>
  )
}

function SavedMailbox({ mailbox }: { mailbox: Mailbox }) {
  const { events } = route.useSearch()
  const navigate = route.useNavigate()
  const show = (id?: string) =>
    void navigate({ search: (old) => ({ ...old, events: id }), replace: true })
  useReconnect(mailbox)
  return (
    <>
      <StatePanel mailbox={mailbox} onEvents={() => show(mailbox.id)} />
      <MailboxEditor key={`${mailbox.id} ${mailbox.version}`} mailbox={mailbox} />
      <MailboxEvents mailbox={events ? mailbox : undefined} onClose={() => show(undefined)} />
    </>
  )
}

function StatePanel({ mailbox, onEvents }: { mailbox: Mailbox; onEvents: () => void }) {
  const { t } = useTranslation()
  const canWrite = useMay('mailbox.write')
  const turn = useMailboxSwitch(mailbox.id)
  const paused = mailbox.state === 'paused'
  const stopped = mailbox.sending_stopped
  return (
    <section className={classes.panel} aria-label={t('mailboxes:panel')}>
      <div className={classes.panelRow}>
        <MailboxHealth mailbox={mailbox} />
        <span className={classes.grow} />
        <Button variant="subtle" color="gray" px={8} onClick={onEvents}>
          {t('mailboxes:events.short')}
        </Button>
        {canWrite && (
          <>
            <Button variant="default" onClick={() => turn(paused ? 'resume' : 'pause')}>
              {t(paused ? 'mailboxes:resume' : 'mailboxes:pause')}
            </Button>
            <Button
              variant="default"
              onClick={() => turn(stopped ? 'resume-sending' : 'stop-sending')}
            >
              {t(stopped ? 'mailboxes:resumeSending' : 'mailboxes:stopSending')}
            </Button>
          </>
        )}
      </div>
      {/* The way to connect again stands in the card of the sign-in below. */}
      <MailboxTroubles mailbox={mailbox} canWrite={false} />
    </section>
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
