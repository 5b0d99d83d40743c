import { type APIRequestContext, expect, request } from '@playwright/test'
import { ADMIN } from './desk'
import { DESK_ADDRESS } from './smtp'

interface Arrived {
  id: string
  state: string
  fate: string | null
  from_address: string
  subject: string
  message_id: string
  ticket: { id: string; number: number } | null
}

/** The desk's API as the administrator uses it, for what a spec must know before it looks. */
export class DeskApi {
  private constructor(
    private readonly context: APIRequestContext,
    private readonly token: string,
  ) {}

  static async open(baseURL: string | undefined): Promise<DeskApi> {
    const context = await request.newContext({ baseURL })
    const { email, password } = ADMIN
    const answer = await context.post('/api/v1/auth/login/', { data: { email, password } })
    expect(answer.status()).toBe(200)
    const { access } = (await answer.json()) as { access: string }
    return new DeskApi(context, access)
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.context.get(`/api/v1/${path}`, { headers: this.headers })
    expect(answer.status(), path).toBe(200)
    return (await answer.json()) as T
  }

  async patch(path: string, data: object): Promise<void> {
    const answer = await this.context.patch(`/api/v1/${path}`, { headers: this.headers, data })
    expect(answer.status(), path).toBe(200)
  }

  async post<T>(path: string, data: object = {}): Promise<T> {
    const answer = await this.context.post(`/api/v1/${path}`, { headers: this.headers, data })
    expect([200, 201], path).toContain(answer.status())
    return (await answer.json()) as T
  }

  async remove(path: string): Promise<void> {
    const answer = await this.context.delete(`/api/v1/${path}`, { headers: this.headers })
    expect(answer.status(), path).toBe(204)
  }

  /** Sets how long a reply of the demo mailbox can be taken back; returns the seconds before. */
  async undoWindow(undo_seconds: number): Promise<number> {
    const all =
      await this.get<{ id: string; address: string; undo_seconds: number }[]>('mailboxes/')
    const mailbox = all.find(({ address }) => address === DESK_ADDRESS)
    await this.patch(`mailboxes/${mailbox?.id}/`, { undo_seconds })
    return mailbox?.undo_seconds ?? 0
  }

  /** The mails that arrived last, newest first. */
  async arrived(): Promise<Arrived[]> {
    return (await this.get<{ results: Arrived[] }>('ledger/inbound/?limit=100')).results
  }

  /** The ticket of the mail with this Message-ID, once the desk has made it. */
  async ticketOf(messageId: string): Promise<string> {
    let ticket: string | undefined
    const look = async () => {
      const rows = await this.arrived()
      ticket = rows.find((row) => row.message_id === messageId)?.ticket?.id
      return ticket !== undefined
    }
    await expect.poll(look, { timeout: 60_000, message: messageId }).toBe(true)
    return ticket ?? ''
  }

  async close(): Promise<void> {
    await this.context.dispose()
  }

  private get headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token}`, Accept: 'application/json' }
  }
}
