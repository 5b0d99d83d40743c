import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { LoadProblem } from '../../components/LoadProblem'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { mailboxEventsOptions } from '../../services/mailboxes'
import type { Mailbox, MailboxEvent } from '../../services/types'
import classes from './cards.module.css'
import { eventFacts, toneOfEvent } from './events'

interface MailboxEventsProps {
  mailbox: Mailbox | undefined
  onClose: () => void
}

/** What happened to a mailbox lately, newest first. */
export function MailboxEvents({ mailbox, onClose }: MailboxEventsProps) {
  const { t } = useTranslation()
  return (
    <Drawer
      opened={mailbox !== undefined}
      onClose={onClose}
      position="right"
      size={460}
      title={t('mailboxes:events.of', { address: mailbox?.address ?? '' })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {mailbox && <EventList id={mailbox.id} />}
    </Drawer>
  )
}

function EventList({ id }: { id: string }) {
  const { t } = useTranslation()
  const events = useQuery(mailboxEventsOptions(id))
  if (events.isPending) return <TableSkeleton />
  if (events.isError) {
    return <LoadProblem error={events.error} onRetry={() => void events.refetch()} />
  }
  if (events.data.length === 0) return <p className={classes.none}>{t('mailboxes:events.none')}</p>
  return (
    <ol className={classes.events}>
      {events.data.map((event) => (
        <EventRow key={event.id} event={event} />
      ))}
    </ol>
  )
}

const ICON: Record<'ok' | 'problem' | 'quiet', IconName> = {
  ok: 'check',
  problem: 'alert',
  quiet: 'info',
}

function EventRow({ event }: { event: MailboxEvent }) {
  const { t, i18n } = useTranslation()
  const tone = toneOfEvent(event.kind)
  const { code, words, count, times, by, detail } = eventFacts(event.data)
  const advice = code && i18n.exists(`mailboxes:advice.${code}`) && t(`mailboxes:advice.${code}`)
  return (
    <li className={classes.event} data-tone={tone}>
      <Icon name={ICON[tone]} size={14} />
      <div>
        {t(`mailboxes:event.${event.kind}`, { defaultValue: event.kind, count: count ?? 1 })}
        {by && <span className={classes.faint}> · {by}</span>}
        {times > 1 && (
          <span className={classes.faint}> · {t('mailboxes:events.times', { count: times })}</span>
        )}
        {detail && <span className={classes.faint}> · {detail}</span>}
        {advice && <p className={classes.eventAdvice}>{advice}</p>}
        {words && <code className={classes.words}>{words}</code>}
      </div>
      <TimeText at={event.at} form="short" className={classes.when} />
    </li>
  )
}
