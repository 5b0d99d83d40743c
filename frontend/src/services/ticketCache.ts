import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { ticketKeys } from './tickets'
import type { Named, Page, Status, TicketChange, TicketDetail, TicketRow, User } from './types'

type TicketList = InfiniteData<Page<TicketRow>, string | null>

/** What a change looks like on screen before the desk has answered. */
export function optimisticPatch(
  change: TicketChange,
  statuses: Status[],
  users: User[],
): Partial<TicketRow> {
  const patch: Partial<TicketRow> = {}
  if (change.subject !== undefined) patch.subject = change.subject
  if (change.priority !== undefined) patch.priority = change.priority
  if (change.tags !== undefined) patch.tags = change.tags
  if (change.status !== undefined) {
    patch.status = change.status
    const status = statuses.find((entry) => entry.slug === change.status)
    if (status) patch.status_category = status.category
  }
  if (change.assignee !== undefined) {
    const user: Named | undefined = users.find((entry) => entry.id === change.assignee)
    patch.assignee = user ? { id: user.id, name: user.name } : null
  }
  return patch
}

/** The change that takes `change` back, read from the ticket as it was. */
export function inverseOf(change: TicketChange, before: TicketRow): TicketChange {
  const inverse: TicketChange = {}
  if (change.subject !== undefined) inverse.subject = before.subject
  if (change.status !== undefined) inverse.status = before.status
  if (change.priority !== undefined) inverse.priority = before.priority
  if (change.tags !== undefined) inverse.tags = before.tags
  if (change.assignee !== undefined) inverse.assignee = before.assignee?.id ?? null
  if (change.team !== undefined) inverse.team = before.team?.id ?? null
  return inverse
}

function mapRows(list: TicketList, update: (row: TicketRow) => TicketRow): TicketList {
  return {
    ...list,
    pages: list.pages.map((page) => ({ ...page, results: page.results.map(update) })),
  }
}

/** Shows `patch` on the ticket in every cached list and page; returns how to take it back. */
export function patchTicket(
  client: QueryClient,
  id: string,
  patch: Partial<TicketDetail>,
): () => void {
  const lists = client.getQueriesData<TicketList>({ queryKey: ticketKeys.lists })
  const detail = client.getQueryData<TicketDetail>(ticketKeys.detail(id))
  client.setQueriesData<TicketList>({ queryKey: ticketKeys.lists }, (list) =>
    list ? mapRows(list, (row) => (row.id === id ? { ...row, ...patch } : row)) : list,
  )
  if (detail) client.setQueryData(ticketKeys.detail(id), { ...detail, ...patch })
  return () => {
    for (const [key, data] of lists) client.setQueryData(key, data)
    if (detail) client.setQueryData(ticketKeys.detail(id), detail)
  }
}

/** Replaces rows that are already shown, without adding or moving any. */
export function refreshRows(
  client: QueryClient,
  key: readonly unknown[],
  fresh: TicketRow[],
): void {
  const byId = new Map(fresh.map((row) => [row.id, row]))
  client.setQueryData<TicketList>(key, (list) =>
    list ? mapRows(list, (row) => byId.get(row.id) ?? row) : list,
  )
}

/** The rows of the ticket wherever a list shows it. */
export function cachedRow(client: QueryClient, id: string): TicketRow | undefined {
  const detail = client.getQueryData<TicketDetail>(ticketKeys.detail(id))
  if (detail) return detail
  for (const [, list] of client.getQueriesData<TicketList>({ queryKey: ticketKeys.lists })) {
    for (const page of list?.pages ?? []) {
      const row = page.results.find((entry) => entry.id === id)
      if (row) return row
    }
  }
  return undefined
}

/** Counters, lists and this ticket are asked again; only what is on screen is loaded now. */
export async function invalidateTicket(client: QueryClient, id: string | null): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ticketKeys.counters }),
    client.invalidateQueries({ queryKey: ['tickets', 'recent'] }),
    client.invalidateQueries({ queryKey: ticketKeys.lists }),
    id ? client.invalidateQueries({ queryKey: ticketKeys.detail(id) }) : undefined,
  ])
}
