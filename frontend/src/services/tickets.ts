import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { paths } from './schema'
import type { NewTicket, Page, TicketChange, TicketDetail, TicketRow } from './types'

/** The filters of GET tickets/, in the API's own names. */
export type TicketQuery = Omit<
  NonNullable<paths['/api/v1/tickets/']['get']['parameters']['query']>,
  'cursor' | 'limit'
>

export type TicketOrder = NonNullable<TicketQuery['ordering']>

const at = (id: string) => ({ params: { path: { ticket_id: id } } })

const PAGE_SIZE = 50

export const ticketKeys = {
  lists: ['tickets', 'list'] as const,
  list: (query: TicketQuery) => ['tickets', 'list', query] as const,
  recent: (contact: string) => ['tickets', 'recent', contact] as const,
  counters: ['tickets', 'counters'] as const,
  details: ['ticket'] as const,
  detail: (id: string) => ['ticket', id] as const,
}

export function fetchTickets(
  query: TicketQuery,
  cursor: string | null = null,
  limit: number = PAGE_SIZE,
): Promise<Page<TicketRow>> {
  return answerOf(
    api.GET('/api/v1/tickets/', {
      params: { query: { ...query, cursor: cursor ?? undefined, limit } },
    }),
  )
}

export function ticketListOptions(query: TicketQuery) {
  return infiniteQueryOptions({
    queryKey: ticketKeys.list(query),
    queryFn: ({ pageParam }) => fetchTickets(query, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function recentTicketsOptions(contact: string) {
  return queryOptions({
    queryKey: ticketKeys.recent(contact),
    queryFn: () => fetchTickets({ contact, ordering: '-last_activity' }, null, 6),
  })
}

export function countersOptions() {
  return queryOptions({
    queryKey: ticketKeys.counters,
    queryFn: () => answerOf(api.GET('/api/v1/tickets/counters/')),
    staleTime: 5_000,
  })
}

export function ticketOptions(id: string) {
  return queryOptions({
    queryKey: ticketKeys.detail(id),
    queryFn: () => answerOf(api.GET('/api/v1/tickets/{ticket_id}/', at(id))),
  })
}

/** Opens once: the same key sent again gives the ticket opened first. */
export function createTicket(ticket: NewTicket, idempotencyKey: string): Promise<TicketDetail> {
  return answerOf(
    api.POST('/api/v1/tickets/', {
      params: { header: { 'Idempotency-Key': idempotencyKey } },
      body: ticket,
    }),
  )
}

/** Throws ApiProblem `stale` (412) when the ticket moved on since `version`. */
export function changeTicket(
  id: string,
  change: TicketChange,
  version: number | null,
): Promise<TicketDetail> {
  const header = version === null ? undefined : { 'If-Match': `"${version}"` }
  return answerOf(
    api.PATCH('/api/v1/tickets/{ticket_id}/', {
      params: { path: { ticket_id: id }, header },
      body: change,
    }),
  )
}

export function deleteTicket(id: string): Promise<void> {
  return answerOf(api.DELETE('/api/v1/tickets/{ticket_id}/', at(id)))
}

export function restoreTicket(id: string): Promise<TicketDetail> {
  return answerOf(api.POST('/api/v1/tickets/{ticket_id}/restore/', at(id)))
}

/** Gives the ticket of a forwarded mail back to whoever forwarded it. */
export function undoForward(id: string): Promise<TicketDetail> {
  return answerOf(api.POST('/api/v1/tickets/{ticket_id}/undo-forward/', at(id)))
}
