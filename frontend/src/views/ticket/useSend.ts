import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { touchClock } from '../../components/clock'
import { showToast } from '../../components/toasts'
import { addNote, sendReply } from '../../services/replies'
import { invalidateTicket } from '../../services/ticketCache'
import { ticketKeys } from '../../services/tickets'
import type { Message, Note, Reply, TicketDetail } from '../../services/types'
import { useIdempotencyKey } from '../../services/useIdempotencyKey'

/** Sends a reply once, however often it is tried; the answer is in the thread at once. */
export function useSendReply(ticket: string, onSent: () => void) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const keyFor = useIdempotencyKey()
  return useMutation({
    mutationFn: (reply: Reply) => sendReply(ticket, reply, keyFor(JSON.stringify(reply))),
    onSuccess: (message: Message, reply) => {
      touchClock()
      client.setQueryData<TicketDetail>(ticketKeys.detail(ticket), (detail) =>
        detail && !detail.messages.some((one) => one.id === message.id)
          ? { ...detail, messages: [...detail.messages, message] }
          : detail,
      )
      onSent()
      showToast(t('ticket:toast.sent', { address: reply.to?.[0] ?? '' }))
      void invalidateTicket(client, ticket)
    },
  })
}

export function useAddNote(ticket: string, onAdded: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (text: string) => addNote(ticket, text),
    onSuccess: (note: Note) => {
      touchClock()
      client.setQueryData<TicketDetail>(ticketKeys.detail(ticket), (detail) =>
        detail ? { ...detail, notes: [...detail.notes, note] } : detail,
      )
      onAdded()
      void invalidateTicket(client, ticket)
    },
  })
}
