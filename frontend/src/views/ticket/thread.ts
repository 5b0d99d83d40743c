import type { Message, Note, TicketDetail, TicketEvent } from '../../services/types'

export type ThreadItem =
  | { kind: 'message'; id: string; at: string; message: Message }
  | { kind: 'note'; id: string; at: string; note: Note }
  | { kind: 'events'; id: string; at: string; events: TicketEvent[] }

/** Events that only repeat what a message or note of the thread shows, unless a field changed. */
const SAID_BY_THE_THREAD = new Set(['message_in', 'message_out', 'note', 'created'])

/** The newest messages stay open; those before them fold into one line each. */
const OPEN_MESSAGES = 3

type Dated =
  | Exclude<ThreadItem, { kind: 'events' }>
  | { kind: 'event'; id: string; at: string; event: TicketEvent }

/** Messages, notes and changes from oldest to newest, neighbouring changes as one group. */
export function threadItems(
  ticket: Pick<TicketDetail, 'messages' | 'notes' | 'history'>,
): ThreadItem[] {
  const dated: Dated[] = [
    ...ticket.messages.map((message) => ({
      kind: 'message' as const,
      id: message.id,
      at: message.created_at,
      message,
    })),
    ...ticket.notes.map((note) => ({
      kind: 'note' as const,
      id: note.id,
      at: note.created_at,
      note,
    })),
    ...ticket.history
      .filter((event) => !SAID_BY_THE_THREAD.has(event.kind) || event.data.field !== undefined)
      .map((event) => ({ kind: 'event' as const, id: String(event.id), at: event.at, event })),
  ]
  dated.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
  const items: ThreadItem[] = []
  for (const item of dated) {
    if (item.kind !== 'event') {
      items.push(item)
      continue
    }
    const last = items.at(-1)
    if (last?.kind === 'events') last.events.push(item.event)
    else items.push({ kind: 'events', id: item.id, at: item.at, events: [item.event] })
  }
  return items
}

/** The ids of the messages and notes that open folded. */
export function foldedAtFirst(items: ThreadItem[]): Set<string> {
  const said = items.filter((item) => item.kind !== 'events')
  return new Set(said.slice(0, Math.max(0, said.length - OPEN_MESSAGES)).map((item) => item.id))
}

/** The customer of a mail that came in, even when a colleague wrote it down; else the colleague. */
export function writerOf({
  direction,
  author,
  from,
}: Pick<Message, 'direction' | 'author' | 'from'>): string {
  const sender = from.name || from.address
  return direction === 'in' ? sender : (author?.name ?? sender)
}
