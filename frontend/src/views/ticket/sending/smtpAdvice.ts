import type { Delivery } from '../../../services/types'

/** What the desk's own code leaves open and a server's words may tell. */
const REFINED = {
  refused_by_policy: [
    [/\b[45]\.7\.2\d\b|dmarc|\bspf\b|dkim|unauthenticated/i, 'unproven'],
    [/block|denylist|blacklist|spamhaus|reputation|spam/i, 'blocked'],
  ],
  refused: [
    [/dmarc|\bspf\b|dkim|unauthenticated/i, 'unproven'],
    [/block|denylist|blacklist|spamhaus|reputation|spam/i, 'blocked'],
    [
      /(user|recipient|mailbox|address).*(unknown|not found|not exist)|no such/i,
      'unknown_recipient',
    ],
  ],
  busy: [
    [/gr[ea]y.?list/i, 'greylisted'],
    [/too (many|fast)|rate|throttl|limit exceeded/i, 'throttled'],
  ],
  unknown_recipient: [
    [/\b[45]\.1\.2\b|(domain|host).*(not found|unknown)/i, 'unknown_domain'],
    [/\b[45]\.2\.1\b|disabled|inactive/i, 'disabled'],
  ],
} as const

export type Advice =
  | NonNullable<Exclude<Delivery['last_error_code'], ''>>
  | (typeof REFINED)[keyof typeof REFINED][number][1]

/** What lies behind a refusal, as exactly as the server's words tell; null when nothing is known. */
export function adviceOf({
  last_error_code: code,
  last_error: words,
}: Pick<Delivery, 'last_error_code' | 'last_error'>): Advice | null {
  if (!code) return null
  const told = code in REFINED ? REFINED[code as keyof typeof REFINED] : []
  return told.find(([pattern]) => pattern.test(words))?.[1] ?? code
}

/** Recipients that have not got the mail and whose server said something. */
export function refusedOf({ recipients }: Pick<Delivery, 'recipients'>): Delivery['recipients'] {
  return recipients.filter(({ state, text }) => state !== 'accepted' && text !== '')
}

/** Addresses whose server has taken the mail: nothing is sent to them again. */
export function gotBy({ recipients }: Pick<Delivery, 'recipients'>): string[] {
  return recipients.filter(({ state }) => state === 'accepted').map(({ address }) => address)
}
