import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { isProblem } from '../../services/problem'
import { invalidateTicket } from '../../services/ticketCache'
import { deleteTicket, restoreTicket, ticketKeys, undoForward } from '../../services/tickets'
import type { TicketChange, TicketDetail } from '../../services/types'
import { useChangeTicket } from '../../services/useChangeTicket'

export interface TicketActions {
  change: (change: TicketChange) => void
  remove: () => void
  restore: () => void
  /** Gives the ticket of a forwarded mail back to whoever forwarded it. */
  undoForward: () => void
  /** What this person wanted when somebody else changed the same field first. */
  conflict: TicketChange | null
  closeConflict: () => void
}

const TOAST_FIELDS = ['status', 'priority', 'assignee', 'subject', 'tags', 'category'] as const

export function useTicketActions(ticket: TicketDetail): TicketActions {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [conflict, setConflict] = useState<TicketChange | null>(null)
  const problem = (error: Error) =>
    showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
      tone: 'problem',
    })
  const apply = useChangeTicket({
    onDone: ({ change, isUndo }, undo) => {
      const field = TOAST_FIELDS.find((name) => change[name] !== undefined)
      if (isUndo) showToast(t('ticket:toast.undone'))
      else if (field) showToast(t(`ticket:toast.${field}`), { undo })
    },
    onFailed: (error, { change }) => {
      if (isProblem(error, 'stale')) setConflict(change)
      else problem(error)
    },
  })
  const restore = useMutation({
    mutationFn: () => restoreTicket(ticket.id),
    onSuccess: (restored) => {
      client.setQueryData(ticketKeys.detail(ticket.id), restored)
      showToast(t('ticket:toast.restored'))
    },
    onError: problem,
    onSettled: () => invalidateTicket(client, ticket.id),
  })
  const giveBack = useMutation({
    mutationFn: () => undoForward(ticket.id),
    onSuccess: (changed) => {
      client.setQueryData(ticketKeys.detail(ticket.id), changed)
      showToast(t('mail:forwardUndone'))
    },
    onError: problem,
    onSettled: () => invalidateTicket(client, ticket.id),
  })
  const remove = useMutation({
    mutationFn: () => deleteTicket(ticket.id),
    onSuccess: () => showToast(t('ticket:toast.deleted'), { undo: () => restore.mutate() }),
    onError: problem,
    onSettled: () => invalidateTicket(client, ticket.id),
  })
  return {
    change: (change) => apply({ id: ticket.id, change }),
    remove: () => remove.mutate(),
    restore: () => restore.mutate(),
    undoForward: () => giveBack.mutate(),
    conflict,
    closeConflict: () => setConflict(null),
  }
}
