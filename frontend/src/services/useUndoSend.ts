import { useMutation, useQueryClient } from '@tanstack/react-query'
import { undoMessage } from './deliveries'
import { restoreDraft } from './drafts'
import { dropLeaving } from './leaving'
import { invalidateTicket } from './ticketCache'
import { ticketKeys } from './tickets'
import type { TicketDetail } from './types'

interface UndoReport {
  /** The words are back in the reply of this ticket. */
  onUndone?: (ticket: TicketDetail) => void
  onFailed: (error: Error) => void
}

/** Takes a reply back that has not left: its words, people and chosen status return to the composer. */
export function useUndoSend({ onUndone, onFailed }: UndoReport) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (wanted: { message: string; ticket: string }) => undoMessage(wanted.message),
    onSuccess: ({ draft, ticket }, { message }) => {
      dropLeaving(message)
      client.setQueryData(ticketKeys.detail(ticket.id), ticket)
      const { text, to, cc, bcc, files, status_after } = draft
      restoreDraft(ticket.id, { text, to, cc, bcc, files, statusAfter: status_after ?? '' })
      onUndone?.(ticket)
      void invalidateTicket(client, null)
    },
    onError: (error, { message, ticket }) => {
      dropLeaving(message)
      void invalidateTicket(client, ticket)
      onFailed(error)
    },
  })
}
