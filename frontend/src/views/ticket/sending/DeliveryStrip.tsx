import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Delivery, Message, TicketDetail } from '../../../services/types'
import { useMay } from '../../../services/useSession'
import { HeldStrip } from './HeldStrip'
import { QueuedStrip } from './QueuedStrip'
import { Strip } from './Strip'
import { TroubleStrip } from './TroubleStrip'
import { UncertainStrip } from './UncertainStrip'
import { UndoStrip } from './UndoStrip'
import { useDeliveryActions } from './useDeliveryActions'

interface DeliveryStripProps {
  message: Message
  delivery: Delivery
  ticket: TicketDetail
}

/** Under a reply that is not simply sent: what it waits for or what went wrong, and what can be done. */
export function DeliveryStrip({ message, delivery, ticket }: DeliveryStripProps) {
  const { t } = useTranslation()
  const actions = useDeliveryActions(message, ticket.id)
  const mayAct = useMay('ticket.reply') && ticket.deleted_at === null
  const shared = { delivery, actions, mayAct }
  const { state, hold, leaves_at: leavesAt } = delivery
  if (state === 'held' && hold === 'undo' && leavesAt) {
    const mayUndo = mayAct && delivery.can_undo
    return (
      <UndoStrip
        message={message}
        ticket={ticket}
        leavesAt={leavesAt}
        mayUndo={mayUndo}
        {...shared}
      />
    )
  }
  if (state === 'held') return <HeldStrip ticket={ticket} {...shared} />
  if (state === 'queued') return <QueuedStrip ticket={ticket} {...shared} />
  if (state === 'uncertain') {
    return <UncertainStrip address={message.to[0]?.address ?? ''} {...shared} />
  }
  if (state === 'failed' || state === 'deferred') return <TroubleStrip {...shared} />
  if (state === 'cancelled') {
    return (
      <Strip
        icon="close"
        actions={
          mayAct && (
            <Button variant="default" onClick={actions.reuse}>
              {t('sending:reuse')}
            </Button>
          )
        }
      >
        {t('sending:cancelled')}
      </Strip>
    )
  }
  return null
}
