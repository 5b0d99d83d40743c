import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { alarmWords } from '../../components/alarmWords'
import { fileSize } from '../../components/fileSize'
import { Icon } from '../../components/Icon'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import page from '../../components/PageFrame.module.css'
import { problemWords } from '../../components/problemWords'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import { alarmsOptions, dismissAlarm, healthKeys, statusOptions } from '../../services/health'
import type { Alarm, Component } from '../../services/types'
import { useMay } from '../../services/useSession'
import classes from './status.module.css'

/** How the desk is doing: what is wrong with mail, and every part that mail passes. */
export function StatusPage() {
  const { t } = useTranslation()
  const status = useQuery(statusOptions())
  const components = status.data?.components ?? []
  const parts = components.filter((one) => !one.name.startsWith('mailbox:'))
  const mailboxes = components.filter((one) => one.name.startsWith('mailbox:'))
  return (
    <PageFrame title={t('shell:status')}>
      <div className={classes.page}>
        <Alarms />
        {status.isPending && <TableSkeleton />}
        {status.isError && (
          <LoadProblem error={status.error} onRetry={() => void status.refetch()} />
        )}
        {parts.length > 0 && <Parts title={t('health:parts')} rows={parts} />}
        {mailboxes.length > 0 && <Parts title={t('shell:mailboxes')} rows={mailboxes} />}
        {parts.length > 0 && <p className={classes.refreshed}>{t('health:refreshed')}</p>}
      </div>
    </PageFrame>
  )
}

function Alarms() {
  const { t } = useTranslation()
  const alarms = useQuery(alarmsOptions())
  if (!alarms.data) return null
  return (
    <section aria-label={t('health:alarms')}>
      <h2 className={page.heading}>{t('health:alarms')}</h2>
      {alarms.data.length === 0 && <p className={page.help}>{t('health:noAlarms')}</p>}
      <ul className={classes.list}>
        {alarms.data.map((one) => (
          <AlarmLine key={one.id} alarm={one} />
        ))}
      </ul>
    </section>
  )
}

function AlarmLine({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const mayDismiss = useMay('ledger.write')
  const dismiss = useMutation({
    mutationFn: () => dismissAlarm(alarm.id),
    onError: (error: Error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: healthKeys.all }),
  })
  const quarantine = alarm.kind === 'quarantine'
  return (
    <li className={classes.alarm} data-alarm={alarm.kind}>
      <Icon name="alert" />
      <span className={classes.words}>
        {alarmWords(alarm, t)}
        <span className={classes.small}>
          {t('health:since')} <TimeText at={alarm.since} form="ago" />
          {' · '}
          {t(alarm.told_at ? 'health:told' : 'health:untold')}
        </span>
      </span>
      <Where alarm={alarm} />
      {quarantine && mayDismiss && (
        <Button variant="default" loading={dismiss.isPending} onClick={() => dismiss.mutate()}>
          {t('health:dismiss')}
        </Button>
      )}
    </li>
  )
}

/** The page on which something can be done about it. */
function Where({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation()
  const mailbox = alarm.mailbox?.id
  if (alarm.kind === 'quarantine') {
    const search = { fate: 'quarantined', mailbox }
    return (
      <Link to="/ledger/$direction" params={{ direction: 'inbound' }} search={search}>
        {t('health:look')}
      </Link>
    )
  }
  if (alarm.kind === 'undecided_old' || alarm.kind === 'outbox_old') {
    const direction = alarm.kind === 'outbox_old' ? 'outbound' : 'inbound'
    return (
      <Link to="/ledger/$direction" params={{ direction }} search={{ mailbox }}>
        {t('health:look')}
      </Link>
    )
  }
  if (!mailbox) return null
  return (
    <Link to="/mailboxes/$mailboxId" params={{ mailboxId: mailbox }}>
      {t('health:look')}
    </Link>
  )
}

function Parts({ title, rows }: { title: string; rows: Component[] }) {
  return (
    <section aria-label={title}>
      <h2 className={page.heading}>{title}</h2>
      <ul className={classes.list}>
        {rows.map((one) => (
          <PartLine key={one.name} part={one} />
        ))}
      </ul>
    </section>
  )
}

function PartLine({ part }: { part: Component }) {
  const { t, i18n } = useTranslation()
  const data = part.data ?? {}
  const name = part.name.startsWith('mailbox:')
    ? String(data.label ?? '')
    : t(`health:part.${part.name}`)
  const free = typeof data.free === 'number' ? fileSize(data.free, i18n.language) : null
  return (
    <li className={classes.part} data-part={part.name} data-state={part.state}>
      <span className={classes.state} data-state={part.state}>
        {t(`health:partState.${part.state}`)}
      </span>
      <span className={classes.words}>
        {name}
        <span className={classes.small}>
          {part.code && t(`health:partCode.${part.code}`, { count: Number(data.unfetched ?? 0) })}
          {free && ` ${t('health:free', { size: free })}`}
        </span>
        {part.detail && <code className={classes.said}>{part.detail}</code>}
      </span>
      {part.at && (
        <span className={classes.at}>
          {t('health:lastSign')} <TimeText at={part.at} form="ago" />
        </span>
      )}
    </li>
  )
}
