import type { TicketOrder, TicketQuery } from '../../services/tickets'

export const INBOX_VIEWS = [
  'mine',
  'unassigned',
  'open',
  'waiting',
  'attention',
  'closed',
  'deleted',
  'all',
] as const

export type InboxView = (typeof INBOX_VIEWS)[number]

/** What stands in the URL after `?` on an inbox page. */
export interface InboxSearch {
  status?: string
  priority?: string
  assignee?: string
  mailbox?: string
  search?: string
  order?: string
}

export const ORDERS = [
  '-last_activity',
  'last_activity',
  'waiting',
  '-number',
] as const satisfies TicketOrder[]

const VIEW_QUERY: Record<InboxView, TicketQuery> = {
  mine: { assignee: 'me', status_category: 'open' },
  unassigned: { assignee: 'none', status_category: 'open' },
  open: { status_category: 'open' },
  waiting: { status_category: 'waiting' },
  attention: { attention: true },
  closed: { status_category: 'resolved,closed' },
  deleted: { deleted: true },
  all: {},
}

export function isInboxView(view: string): view is InboxView {
  return INBOX_VIEWS.some((known) => known === view)
}

/** Work lists put the customer who waits longest first; the rest show the newest first. */
export function defaultOrder(view: InboxView): TicketOrder {
  return view === 'mine' || view === 'unassigned' ? 'waiting' : '-last_activity'
}

/** The order asked for in the address, when it is one that exists. */
export function orderOf(view: InboxView, search: InboxSearch): TicketOrder {
  return ORDERS.find((order) => order === search.order) ?? defaultOrder(view)
}

export function ticketQuery(view: InboxView, search: InboxSearch): TicketQuery {
  const query: TicketQuery = { ...VIEW_QUERY[view] }
  if (search.status) {
    query.status = search.status
    delete query.status_category
  }
  if (search.priority) query.priority = search.priority
  if (search.mailbox) query.mailbox = search.mailbox
  if (search.assignee && view !== 'mine' && view !== 'unassigned') query.assignee = search.assignee
  if (search.search) query.search = search.search
  query.ordering = orderOf(view, search)
  return query
}

export function hasFilter(search: InboxSearch): boolean {
  return Boolean(
    search.status || search.priority || search.assignee || search.mailbox || search.search,
  )
}

export function splitValues(text: string | undefined): string[] {
  return text ? text.split(',') : []
}
