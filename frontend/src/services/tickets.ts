import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from './http'
import type { Counters, Page, Priority, TicketDetail, TicketRow } from './types'

/** The filters of GET tickets/, in the API's own names. */
export interface TicketQuery {
  status?: string
  status_category?: string
  priority?: string
  assignee?: string
  mailbox?: string
  contact?: string
  search?: string
  deleted?: boolean
  attention?: boolean
  ordering?: string
}

export interface TicketChange {
  subject?: string
  status?: string
  priority?: Priority
  assignee?: string | null
  team?: string | null
  tags?: string[]
  category?: string | null
}

export interface NewTicket {
  mailbox: string
  contact_address: string
  contact_name?: string
  subject: string
  text: string
  priority?: Priority
  send: boolean
}

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
  return request('GET', 'tickets/', { query: { ...query, cursor, limit } })
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
    queryFn: () => request<Counters>('GET', 'tickets/counters/'),
    staleTime: 5_000,
  })
}

export function ticketOptions(id: string) {
  return queryOptions({
    queryKey: ticketKeys.detail(id),
    queryFn: () => request<TicketDetail>('GET', `tickets/${id}/`),
  })
}

export function createTicket(ticket: NewTicket): Promise<TicketDetail> {
  return request('POST', 'tickets/', { body: ticket })
}

/** Throws ApiProblem `stale` (412) when the ticket moved on since `version`. */
export function changeTicket(
  id: string,
  change: TicketChange,
  version: number | null,
): Promise<TicketDetail> {
  const headers = version === null ? undefined : { 'If-Match': `"${version}"` }
  return request('PATCH', `tickets/${id}/`, { body: change, headers })
}

export function deleteTicket(id: string): Promise<void> {
  return request('DELETE', `tickets/${id}/`)
}

export function restoreTicket(id: string): Promise<TicketDetail> {
  return request('POST', `tickets/${id}/restore/`)
}
