import type { Message, Note, TicketDetail, TicketEvent } from '../../services/types'
import { isQuiet } from './message/notices'

export type ThreadItem =
  | { kind: 'message'; id: string; at: string; message: Message }
  | { kind: 'note'; id: string; at: string; note: Note }
  | { kind: 'events'; id: string; at: string; events: TicketEvent[] }

/** Events that only repeat what a message or note of the thread shows, unless a field changed. */
const SAID_BY_THE_THREAD = new Set([
  'message_in',
  'message_out',
  'note',
  'created',
  'acknowledged',
  'read_receipt',
  'reply_held',
  'reply_scheduled',
  'reply_rescheduled',
  'reply_released',
  'reply_undone',
  'reply_cancelled',
  'reply_retried',
])

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
  dated.sort((one, other) => placeOf(one) - placeOf(other))
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

/** What has not left yet stands after everything that was said. */
function placeOf(item: Dated): number {
  if (item.kind === 'message' && item.message.delivery?.state === 'held')
    return Number.MAX_SAFE_INTEGER
  return Date.parse(item.at)
}

/** Written, but the customer has not got it and will not without somebody's doing. */
export function isUnsent({ delivery }: Pick<Message, 'delivery'>): boolean {
  return delivery?.state === 'held' || delivery?.state === 'cancelled'
}

const WANTS_A_LOOK = new Set(['held', 'deferred', 'failed', 'uncertain'])

/**
 * The ids of the messages and notes that open folded: all but the newest, and what machines wrote
 * unless the conversation begins with it. What waits for a decision and `wanted` stay open.
 */
export function foldedAtFirst(items: ThreadItem[], wanted: string | null = null): Set<string> {
  const said = items.filter((item) => item.kind !== 'events')
  const quiet = (item: ThreadItem, at: number) =>
    item.kind === 'message' && at > 0 && isQuiet(item.message)
  const loud = said.filter((item, at) => !quiet(item, at))
  const open = new Set(loud.slice(-OPEN_MESSAGES))
  const folded = said.filter((item) => {
    if (item.kind === 'message' && item.message.flags.includes('another_address')) return false
    if (item.kind === 'message' && WANTS_A_LOOK.has(item.message.delivery?.state ?? ''))
      return false
    return !open.has(item) && item.id !== wanted
  })
  return new Set(folded.map((item) => item.id))
}

/**
 * The customer of a mail that came in, even when a colleague wrote it down; else the colleague. A
 * name that looks like an address says nothing true about the sender: the address is shown.
 */
export function writerOf({
  direction,
  author,
  from,
}: Pick<Message, 'direction' | 'author' | 'from'>): string {
  const sender = from.name.includes('@') ? from.address : from.name || from.address
  return direction === 'in' ? sender : (author?.name ?? sender)
}
