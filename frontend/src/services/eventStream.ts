export interface LiveEvent {
  id: string
  kind: string
  ticket?: string
  contact?: string
  mailbox?: string
}

export type StreamState = 'connecting' | 'open' | 'waiting' | 'closed'

interface Frame {
  id: string | null
  event: string
  data: string
  retry: number | null
}

/** Cuts a `text/event-stream` (WHATWG HTML, section 9.2) into frames; keeps what is unfinished. */
export class FrameReader {
  private rest = ''

  push(chunk: string): Frame[] {
    const text = this.rest + chunk
    // A CR at the end may be half of a CRLF: it waits for the next chunk.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const blocks = whole.replace(/\r\n?/g, '\n').split('\n\n')
    this.rest = (blocks.pop() ?? '') + text.slice(whole.length)
    return blocks.map(readFrame).filter((frame) => frame !== null)
  }
}

function readFrame(block: string): Frame | null {
  const frame: Frame = { id: null, event: 'message', data: '', retry: null }
  const data: string[] = []
  for (const line of block.split('\n')) {
    if (line === '' || line.startsWith(':')) continue
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') frame.id = value
    else if (field === 'event') frame.event = value
    else if (field === 'data') data.push(value)
    else if (field === 'retry' && /^\d+$/.test(value)) frame.retry = Number(value)
  }
  frame.data = data.join('\n')
  return data.length > 0 || frame.id !== null || frame.retry !== null ? frame : null
}

export interface StreamOptions {
  url: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
  onEvent: (event: LiveEvent) => void
  onState: (state: StreamState) => void
  random?: () => number
  /** Milliseconds without a byte after which the line counts as dead (the server writes every 15 s). */
  silence?: number
}

const FIRST_WAIT = 1_000
const LONGEST_WAIT = 30_000

/** Full jitter: thousands of screens must not come back in the same second. */
export function reconnectDelay(attempt: number, random: () => number, first = FIRST_WAIT): number {
  const ceiling = Math.min(LONGEST_WAIT, first * 2 ** Math.max(0, attempt - 1))
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}

/** Reads the desk's live events until closed, reconnecting with the last id it saw. */
export class EventStream {
  private lastId: string | null = null
  private attempt = 0
  private firstWait = FIRST_WAIT
  private abort: AbortController | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private watchdog: ReturnType<typeof setTimeout> | undefined
  private closed = true
  private readonly options: StreamOptions

  constructor(options: StreamOptions) {
    this.options = options
  }

  open(): void {
    if (!this.closed) return
    this.closed = false
    void this.connect()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    clearTimeout(this.watchdog)
    this.abort?.abort()
    this.options.onState('closed')
  }

  /** Skips the rest of a waiting time, for example when the network came back. */
  hurry(): void {
    if (this.closed || this.timer === undefined) return
    clearTimeout(this.timer)
    void this.connect()
  }

  private async connect(): Promise<void> {
    this.timer = undefined
    this.options.onState('connecting')
    const abort = new AbortController()
    this.abort = abort
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (this.lastId !== null) headers['Last-Event-ID'] = this.lastId
      this.watch()
      const response = await this.options.fetch(this.options.url, { headers, signal: abort.signal })
      if (!response.ok || response.body === null) throw new TypeError(`events: ${response.status}`)
      this.attempt = 0
      this.options.onState('open')
      await this.read(response.body)
    } catch (error) {
      // Every failure of the line ends the same way: wait, then connect again.
      if (!(error instanceof Error)) throw error
    }
    clearTimeout(this.watchdog)
    if (!this.closed) this.reconnect()
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    const frames = new FrameReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      this.watch()
      for (const frame of frames.push(decoder.decode(value, { stream: true }))) this.take(frame)
    }
  }

  private take(frame: Frame): void {
    if (frame.id !== null) this.lastId = frame.id
    if (frame.retry !== null) this.firstWait = frame.retry
    if (frame.data === '') return
    let data: Partial<LiveEvent>
    try {
      data = JSON.parse(frame.data) as Partial<LiveEvent>
    } catch (error) {
      if (error instanceof SyntaxError) return
      throw error
    }
    this.options.onEvent({ ...data, id: this.lastId ?? '', kind: data.kind ?? frame.event })
  }

  private watch(): void {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(() => this.abort?.abort(), this.options.silence ?? 45_000)
  }

  private reconnect(): void {
    this.attempt += 1
    this.options.onState('waiting')
    const wait = reconnectDelay(this.attempt, this.options.random ?? Math.random, this.firstWait)
    this.timer = setTimeout(() => void this.connect(), wait)
  }
}
