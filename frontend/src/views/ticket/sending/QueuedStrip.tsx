import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { mailboxesOptions } from '../../../services/mailboxes'
import type { Delivery, TicketDetail } from '../../../services/types'
import { useMay } from '../../../services/useSession'
import { Strip } from './Strip'
import type { DeliveryActions } from './useDeliveryActions'

interface QueuedStripProps {
  ticket: TicketDetail
  delivery: Delivery
  actions: DeliveryActions
  mayAct: boolean
  /** What is shown while the mailbox sends. */
  otherwise?: ReactNode
}

/** A reply that should be leaving: only worth a line of its own when its mailbox sends nothing. */
export function QueuedStrip({ ticket, delivery, actions, mayAct, otherwise }: QueuedStripProps) {
  const { t } = useTranslation()
  const mayRead = useMay('mailbox.read')
  const { data } = useQuery({ ...mailboxesOptions(), enabled: mayRead })
  const mailbox = data?.find(({ id }) => id === ticket.mailbox.id)
  if (!mailbox || (!mailbox.sending_stopped && !mailbox.sending_held_code)) return otherwise ?? null
  return (
    <Strip
      icon="pause"
      tone="warn"
      actions={
        <>
          <Button
            variant="default"
            component={Link}
            to="/mailboxes/$mailboxId"
            params={{ mailboxId: mailbox.id } as never}
          >
            {t('sending:openMailbox')}
          </Button>
          {mayAct && delivery.can_cancel && (
            <Button
              variant="subtle"
              color="gray"
              disabled={actions.busy}
              loading={actions.running === 'cancel'}
              onClick={() => actions.run('cancel')}
            >
              {t('sending:cancel')}
            </Button>
          )}
        </>
      }
    >
      {t(mailbox.sending_stopped ? 'sending:mailboxStopped' : 'sending:mailboxHeld', {
        address: mailbox.address,
      })}
    </Strip>
  )
}
