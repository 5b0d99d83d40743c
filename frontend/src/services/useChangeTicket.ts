import { useMutation, useQueryClient } from '@tanstack/react-query'
import { isProblem } from './problem'
import { statusesOptions } from './statuses'
import { cachedRow, invalidateTicket, inverseOf, optimisticPatch, patchTicket } from './ticketCache'
import { changeTicket, ticketOptions } from './tickets'
import type { TicketChange, TicketDetail, TicketRow } from './types'
import { usersOptions } from './users'

export interface ChangeRequest {
  id: string
  change: TicketChange
  /** True for the change that takes another one back: it offers no undo of its own. */
  isUndo?: boolean
}

export interface ChangeReport {
  onDone: (request: ChangeRequest, undo: (() => void) | undefined) => void
  /** `fresh` is the ticket as it is now when somebody else changed the same field first. */
  onFailed: (error: Error, request: ChangeRequest) => void
}

/** True when nothing that `change` touches differs between the two states of the ticket. */
export function sameWhereChanged(change: TicketChange, before: TicketRow, now: TicketRow): boolean {
  const old = inverseOf(change, before)
  const current = inverseOf(change, now)
  return JSON.stringify(old) === JSON.stringify(current)
}

/**
 * Changes a ticket, shown at once and taken back when the desk refuses. When the ticket moved on
 * meanwhile but not in the same fields, the change is sent again; else `stale` is reported.
 */
export function useChangeTicket(report: ChangeReport) {
  const client = useQueryClient()
  const mutation = useMutation({
    mutationFn: async ({ id, change, before }: ChangeRequest & { before?: TicketRow }) => {
      const version = cachedRow(client, id)?.version ?? null
      try {
        return await changeTicket(id, change, version)
      } catch (error) {
        if (!isProblem(error, 'stale') || !before) throw error
        const fresh = await client.fetchQuery({ ...ticketOptions(id), staleTime: 0 })
        if (!sameWhereChanged(change, before, fresh)) throw error
        return changeTicket(id, change, fresh.version)
      }
    },
    onMutate: async ({ id, change }) => {
      const statuses = client.getQueryData(statusesOptions().queryKey) ?? []
      const users = client.getQueryData(usersOptions().queryKey) ?? []
      return { rollback: patchTicket(client, id, optimisticPatch(change, statuses, users)) }
    },
    onError: (error, request, context) => {
      context?.rollback()
      void invalidateTicket(client, request.id)
      report.onFailed(error, request)
    },
    onSuccess: (ticket: TicketDetail, request) => {
      const { messages, notes, history, ...row } = ticket
      patchTicket(client, ticket.id, row)
      client.setQueryData(ticketOptions(ticket.id).queryKey, ticket)
      void invalidateTicket(client, null)
      const { before } = request
      const undo =
        before && !request.isUndo
          ? () => apply({ id: request.id, change: inverseOf(request.change, before), isUndo: true })
          : undefined
      report.onDone(request, undo)
    },
  })
  const apply = (request: ChangeRequest) => {
    mutation.mutate({ ...request, before: cachedRow(client, request.id) })
  }
  return apply
}
