import { expect, test } from 'vitest'
import type { Message, Note, TicketEvent } from '../../services/types'
import { foldedAtFirst, threadItems, writerOf } from './thread'

function message(id: string, at: string): Message {
  return {
    id,
    direction: 'in',
    from: { name: 'Maria', address: 'maria@example.com' },
    to: [],
    cc: [],
    bcc: [],
    subject: 'Boleto',
    text: 'Oi',
    html: null,
    reply_text: 'Oi',
    created_at: at,
    date_header: null,
    message_id: id,
    author: null,
    attachments: [],
    left_out: [],
    flags: [],
    delivery: null,
    inbound_id: null,
    sender: null,
    reply_to: [],
    invite: null,
    signed: null,
    encrypted: null,
    forwarded: null,
    remote_images: { count: 0, allowed: false },
    has_original: true,
    read_at: null,
  }
}

function event(id: number, at: string, kind = 'changed'): TicketEvent {
  return { id, at, kind, actor: null, cause: 'user', data: {} }
}

const note: Note = {
  id: 'n',
  text: 'ver contrato',
  author: { id: 'u', name: 'Ana' },
  created_at: '2026-01-01T10:02:00Z',
}

test('the thread runs from the oldest to the newest with notes in their place', () => {
  const items = threadItems({
    messages: [message('late', '2026-01-01T10:05:00Z'), message('early', '2026-01-01T10:00:00Z')],
    notes: [note],
    history: [],
  })
  expect(items.map((item) => item.id)).toEqual(['early', 'n', 'late'])
})

test('neighbouring changes become one group and changes told by a message are left out', () => {
  const items = threadItems({
    messages: [message('m', '2026-01-01T10:00:00Z')],
    notes: [],
    history: [
      event(1, '2026-01-01T10:00:00Z', 'message_in'),
      event(2, '2026-01-01T10:01:00Z'),
      event(3, '2026-01-01T10:02:00Z'),
    ],
  })
  expect(items).toHaveLength(2)
  expect(items[1]).toMatchObject({ kind: 'events', events: [{ id: 2 }, { id: 3 }] })
})

test('only the last three entries of a long thread open unfolded', () => {
  const messages = ['1', '2', '3', '4', '5'].map((id) => message(id, `2026-01-01T10:0${id}:00Z`))
  expect([...foldedAtFirst(threadItems({ messages, notes: [], history: [] }))]).toEqual(['1', '2'])
})

test('what machines wrote opens folded unless the conversation begins with it', () => {
  const messages = ['1', '2', '3'].map((id) => ({
    ...message(id, `2026-01-01T10:0${id}:00Z`),
    flags: id === '3' ? [] : ['automatic'],
  }))
  expect([...foldedAtFirst(threadItems({ messages, notes: [], history: [] }))]).toEqual(['2'])
})

test('a reply that waits for a decision and a message a link leads to stay open', () => {
  const messages = ['1', '2', '3', '4', '5', '6'].map((id) => ({
    ...message(id, `2026-01-01T10:0${id}:00Z`),
    flags: id === '1' ? ['another_address'] : [],
  }))
  const items = threadItems({ messages, notes: [], history: [] })
  expect([...foldedAtFirst(items, '2')]).toEqual(['3'])
})

test('a message that changed the status leaves its change in the thread', () => {
  const reopened: TicketEvent = {
    ...event(1, '2026-01-01T10:00:00Z', 'message_in'),
    data: { field: 'status', old: 'resolved', new: 'open' },
  }
  const items = threadItems({
    messages: [message('m', '2026-01-01T10:00:00Z')],
    notes: [],
    history: [reopened],
  })
  expect(items.map((item) => item.kind)).toEqual(['message', 'events'])
})

test('a request a colleague wrote down stays the customer’s, a reply is the colleague’s', () => {
  const from = { name: '', address: 'maria@example.com' }
  const author = { id: 'u', name: 'Ana' }
  expect(writerOf({ direction: 'in', author, from })).toBe('maria@example.com')
  expect(writerOf({ direction: 'out', author, from })).toBe('Ana')
})

test('a name that pretends to be another address is not shown as the writer', () => {
  const from = { name: 'chefe@example.com', address: 'golpe@example.net' }
  expect(writerOf({ direction: 'in', author: null, from })).toBe('golpe@example.net')
})
