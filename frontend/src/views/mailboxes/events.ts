const PROBLEMS = new Set([
  'failed',
  'folder_missing',
  'token_failed',
  'sign_in_revoked',
  'not_treated',
  'sending_held',
])
const GOOD = new Set([
  'connected',
  'recovered',
  'stored',
  'folder_found',
  'resumed',
  'sending_resumed',
  'account_connected',
  'treated',
  'sending_released',
])

export function toneOfEvent(kind: string): 'ok' | 'problem' | 'quiet' {
  if (PROBLEMS.has(kind)) return 'problem'
  return GOOD.has(kind) ? 'ok' : 'quiet'
}

export interface EventFacts {
  code: string
  /** As a server said it. */
  words: string
  count: number | null
  times: number
  /** Who did it. */
  by: string
  /** A folder or an account. */
  detail: string
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')
const number = (value: unknown) => (typeof value === 'number' ? value : null)

/** What an event tells besides its kind. */
export function eventFacts(data: Record<string, unknown>): EventFacts {
  return {
    code: text(data.code),
    words: text(data.words),
    count: number(data.count),
    times: number(data.times) ?? 1,
    by: text(data.by),
    detail: text(data.folder) || text(data.account),
  }
}
