import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import { acceptMessage, separateMessage } from '../../../services/messages'
import { invalidateTicket } from '../../../services/ticketCache'
import { ticketKeys } from '../../../services/tickets'
import type { Message, TicketDetail } from '../../../services/types'
import { useMay } from '../../../services/useSession'
import classes from './message.module.css'

/** A reply that cites this conversation but comes from an address outside it: an agent decides (T3). */
export function HeldReply({ message, ticket }: { message: Message; ticket: TicketDetail }) {
  const { t } = useTranslation()
  const mayDecide = useMay('ticket.write') && ticket.deleted_at === null
  const { accept, separate } = useDecision(message, ticket)
  const busy = accept.isPending || separate.isPending
  const contact = ticket.contact.name || ticket.contact.address
  return (
    <div className={classes.held}>
      <Icon name="alert" />
      <div className={classes.heldText} role="status">
        <strong>{t('mail:held.title')}</strong>
        <p>{t('mail:held.why', { address: message.from.address, contact })}</p>
      </div>
      {mayDecide && (
        <div className={classes.heldActions}>
          <Button disabled={busy} loading={accept.isPending} onClick={() => accept.mutate()}>
            {t('mail:held.accept')}
          </Button>
          <Button
            variant="default"
            disabled={busy}
            loading={separate.isPending}
            onClick={() => separate.mutate()}
          >
            {t('mail:held.separate')}
          </Button>
        </div>
      )}
    </div>
  )
}

function useDecision(message: Message, ticket: TicketDetail) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const keep = (changed: TicketDetail) =>
    client.setQueryData(ticketKeys.detail(changed.id), changed)
  const onError = (error: Error) =>
    showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' })
  const onSettled = () => invalidateTicket(client, ticket.id)
  const accept = useMutation({
    mutationFn: () => acceptMessage(message.id),
    onSuccess: (changed) => {
      keep(changed)
      showToast(t('mail:held.accepted', { address: message.from.address }))
    },
    onError,
    onSettled,
  })
  const separate = useMutation({
    mutationFn: () => separateMessage(message.id),
    onSuccess: (made) => {
      keep(made)
      showToast(t('mail:held.separated', { number: made.number }))
      void navigate({ to: '/tickets/$ticketId', params: { ticketId: made.id } as never })
    },
    onError,
    onSettled,
  })
  return { accept, separate }
}
