import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { LoadProblem } from '../../components/LoadProblem'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { outboundStoryOptions } from '../../services/ledger'
import type { OutboundStory } from '../../services/types'
import { DetailLine } from './DetailLine'
import { DeliveryStateSign } from './Fate'
import own from './ledger.module.css'
import { OutboundActions } from './MailActions'
import { TicketLink } from './TicketLink'
import { Timeline } from './Timeline'

interface DrawerProps {
  id: string | undefined
  onClose: () => void
}

/** An outgoing mail with its story, whether the list behind holds it or not. */
export function OutboundDrawer({ id, onClose }: DrawerProps) {
  const { t } = useTranslation()
  const story = useQuery({ ...outboundStoryOptions(id ?? ''), enabled: id !== undefined })
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={560}
      title={story.data ? story.data.subject || t('ledger:noSubject') : ''}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {story.isPending && <TableSkeleton />}
      {story.isError && <LoadProblem error={story.error} onRetry={() => void story.refetch()} />}
      {story.data && <OutboundDetails row={story.data} />}
    </Drawer>
  )
}

function OutboundDetails({ row }: { row: OutboundStory }) {
  const { t } = useTranslation()
  return (
    <>
      <dl className={own.details}>
        <DetailLine label={t('ledger:stateColumn')}>
          <DeliveryStateSign state={row.state} />
        </DetailLine>
        <DetailLine label={t('ledger:kind')}>
          {t(`ledger:kinds.${row.kind}`, { defaultValue: row.kind })}
        </DetailLine>
        <DetailLine label={t('ledger:to')}>
          {row.recipients.map((one) => one.address).join(', ')}
        </DetailLine>
        <DetailLine label={t('ledger:ticket')}>
          {row.ticket && <TicketLink ticket={row.ticket} />}
        </DetailLine>
        <DetailLine label={t('common:field.mailbox')}>{row.mailbox.name}</DetailLine>
        <DetailLine label={t('ledger:nextAttempt')}>
          {row.next_attempt_at && row.state === 'deferred' && (
            <TimeText at={row.next_attempt_at} form="short" />
          )}
        </DetailLine>
        <DetailLine label={t('ledger:tries')}>{row.tries}</DetailLine>
        <DetailLine label={t('ledger:messageId')}>{row.message_id}</DetailLine>
        <DetailLine label={t('ledger:error')}>
          {row.last_error && <code className={own.code}>{row.last_error}</code>}
        </DetailLine>
      </dl>
      <Timeline direction="out" steps={row.steps} waiting={row.waiting} />
      <div className={own.actions}>
        <OutboundActions id={row.id} state={row.state} />
      </div>
    </>
  )
}
