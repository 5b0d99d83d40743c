import { ApiProblem, noAnswer, problemFrom } from './problem'
import type { Me, SignedIn } from './types'

export interface SessionState {
  status: 'unknown' | 'signed-out' | 'signed-in'
  user: Me | null
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>

const BASE = '/api/v1/auth/'
const REFRESH_LOCK = 'desk-refresh'

/** Runs the work alone among the tabs of this browser: the refresh cookie rotates with each use. */
async function aloneAmongTabs<T>(work: () => Promise<T>): Promise<T> {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return work()
  return navigator.locks.request(REFRESH_LOCK, work) as Promise<T>
}

/**
 * Who is signed in. The access token lives in memory only; a reload gets a new one through the
 * httpOnly refresh cookie. However many callers ask for a refresh at once, one request is made.
 */
export class Session {
  private token: string | null = null
  private state: SessionState = { status: 'unknown', user: null }
  private readonly listeners = new Set<() => void>()
  private refreshing: Promise<boolean> | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly send: Fetch

  constructor(send: Fetch = (input, init) => fetch(input, init)) {
    this.send = send
  }

  readonly getState = (): SessionState => this.state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get accessToken(): string | null {
    return this.token
  }

  /** Takes the answer of login, setup or refresh. */
  accept(answer: SignedIn): void {
    this.token = answer.access
    this.change({ status: 'signed-in', user: answer.user })
    clearTimeout(this.timer)
    const lead = Math.min(60, answer.expires_in / 2)
    this.timer = setTimeout(() => void this.renew(), Math.max(5, answer.expires_in - lead) * 1000)
  }

  updateUser(user: Me): void {
    this.change({ status: 'signed-in', user })
  }

  /** Throws ApiProblem when the desk refuses the e-mail or the password. */
  async login(email: string, password: string): Promise<void> {
    const response = await this.post('login/', { email, password })
    if (!response.ok) throw await problemFrom(response)
    this.accept((await response.json()) as SignedIn)
  }

  /** Gets a new access token; false when nobody is signed in. Throws ApiProblem 0 when offline. */
  refresh(): Promise<boolean> {
    this.refreshing ??= aloneAmongTabs(() => this.askForToken()).finally(() => {
      this.refreshing = null
    })
    return this.refreshing
  }

  async logout(): Promise<void> {
    await this.post('logout/')
    this.clear()
  }

  clear(): void {
    this.token = null
    clearTimeout(this.timer)
    this.change({ status: 'signed-out', user: null })
  }

  /** Ahead of time; when the desk is away, the next request that needs a token asks for it. */
  private async renew(): Promise<void> {
    try {
      await this.refresh()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
    }
  }

  private async askForToken(): Promise<boolean> {
    const response = await this.post('refresh/')
    if (response.ok) {
      this.accept((await response.json()) as SignedIn)
      return true
    }
    if (response.status === 401 || response.status === 403) {
      this.clear()
      return false
    }
    throw await problemFrom(response)
  }

  private async post(path: string, body?: object): Promise<Response> {
    try {
      return await this.send(BASE + path, {
        method: 'POST',
        credentials: 'same-origin',
        headers: body ? { 'Content-Type': 'application/json' } : {},
        body: body ? JSON.stringify(body) : undefined,
      })
    } catch (error) {
      if (error instanceof TypeError) throw noAnswer()
      throw error
    }
  }

  private change(state: SessionState): void {
    this.state = state
    for (const listener of this.listeners) listener()
  }
}

export const session = new Session()
