import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  EventStream,
  FrameReader,
  type LiveEvent,
  reconnectDelay,
  type StreamState,
} from './eventStream'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('frames are read across chunks, comments and CRLF included', () => {
  const reader = new FrameReader()
  expect(reader.push(': hello\r\n\r\nid: 7\r\nevent: ticket.cre')).toEqual([])
  expect(reader.push('ated\r\ndata: {"a"\r')).toEqual([])
  expect(reader.push('\ndata: :1}\r\n\r\n')).toEqual([
    { id: '7', event: 'ticket.created', data: '{"a"\n:1}', retry: null },
  ])
})

test('the time before a reconnect doubles up to half a minute and is jittered', () => {
  expect(reconnectDelay(1, () => 1)).toBe(1_000)
  expect(reconnectDelay(1, () => 0)).toBe(500)
  expect(reconnectDelay(3, () => 1)).toBe(4_000)
  expect(reconnectDelay(20, () => 1)).toBe(30_000)
})

/** A line whose server side the test holds in its hand. */
function openLine() {
  const requests: Headers[] = []
  const lines: ReadableStreamDefaultController<Uint8Array>[] = []
  const events: LiveEvent[] = []
  const states: StreamState[] = []
  const stream = new EventStream({
    url: '/api/v1/events/',
    random: () => 1,
    fetch: async (_url, init) => {
      requests.push(new Headers(init.headers))
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          lines.push(controller)
          init.signal?.addEventListener('abort', () => controller.error(new Error('aborted')))
        },
      })
      return new Response(body)
    },
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
  })
  const send = (text: string, line = lines.length - 1) =>
    lines[line]?.enqueue(new TextEncoder().encode(text))
  return { stream, requests, lines, events, states, send }
}

test('after a break the stream comes back with the last id it saw', async () => {
  const { stream, requests, lines, events, send } = openLine()
  stream.open()
  await vi.advanceTimersByTimeAsync(0)
  send('id: 41\nevent: ticket.created\ndata: {"kind":"ticket.created","ticket":"t1"}\n\n')
  await vi.advanceTimersByTimeAsync(0)
  expect(events).toEqual([{ id: '41', kind: 'ticket.created', ticket: 't1' }])

  lines[0]?.close()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(requests).toHaveLength(2)
  expect(requests[0]?.get('Last-Event-ID')).toBeNull()
  expect(requests[1]?.get('Last-Event-ID')).toBe('41')
  stream.close()
})

test('a line that falls silent is cut and opened again', async () => {
  const { stream, requests, states, send } = openLine()
  stream.open()
  await vi.advanceTimersByTimeAsync(30_000)
  send(': still here\n\n')
  await vi.advanceTimersByTimeAsync(40_000)
  expect(requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(states).toContain('waiting')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(requests).toHaveLength(2)
  stream.close()
})

test('data that is no JSON is passed over and the line stays open', async () => {
  const { stream, requests, events, send } = openLine()
  stream.open()
  await vi.advanceTimersByTimeAsync(0)
  send('data: nonsense\n\nevent: ticket.note\ndata: {"ticket":"t2"}\n\n')
  await vi.advanceTimersByTimeAsync(0)
  expect(events).toEqual([{ id: '', kind: 'ticket.note', ticket: 't2' }])
  expect(requests).toHaveLength(1)
  stream.close()
})

test('a closed stream asks for nothing any more', async () => {
  const { stream, requests, lines, states } = openLine()
  stream.open()
  await vi.advanceTimersByTimeAsync(0)
  lines[0]?.close()
  await vi.advanceTimersByTimeAsync(0)
  stream.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(requests).toHaveLength(1)
  expect(states.at(-1)).toBe('closed')
})
