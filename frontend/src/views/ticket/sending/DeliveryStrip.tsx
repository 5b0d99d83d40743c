import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { mailboxesOptions } from '../../../services/mailboxes'
import type { Delivery, Message, TicketDetail } from '../../../services/types'
import { useMay } from '../../../services/useSession'
import { HeldStrip } from './HeldStrip'
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
        ticket={ticket.id}
        leavesAt={leavesAt}
        actions={actions}
        mayUndo={mayUndo}
      />
    )
  }
  if (state === 'held') return <HeldStrip ticket={ticket} {...shared} />
  if (state === 'queued') return <QueuedStrip ticket={ticket} />
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

/** Only worth a line when the whole mailbox sends nothing. */
function QueuedStrip({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation()
  const mayRead = useMay('mailbox.read')
  const { data } = useQuery({ ...mailboxesOptions(), enabled: mayRead })
  const mailbox = data?.find(({ id }) => id === ticket.mailbox.id)
  if (!mailbox || (!mailbox.sending_stopped && !mailbox.sending_held_code)) return null
  return (
    <Strip
      icon="pause"
      tone="warn"
      actions={
        <Button
          variant="default"
          component={Link}
          to="/mailboxes/$mailboxId"
          params={{ mailboxId: mailbox.id } as never}
        >
          {t('sending:openMailbox')}
        </Button>
      }
    >
      {t(mailbox.sending_stopped ? 'sending:mailboxStopped' : 'sending:mailboxHeld', {
        address: mailbox.address,
      })}
    </Strip>
  )
}
