import type { Message } from '../../../services/types'

export interface Notice {
  /** The end of the texts' keys, `mail:notice.<key>` and `mail:noticeHelp.<key>`. */
  key: string
  tone: 'warn' | 'seal' | 'plain'
  values?: Record<string, string>
}

const WARNINGS = new Set([
  'auth_failed',
  'unreadable',
  'truncated',
  'several_from',
  'from_missing',
  'same_id_other_bytes',
  'wrong_token',
])
/** Shown by something larger than a badge. */
const SAID_OTHERWISE = new Set(['another_address', 'not_sent'])
const KIND = { pgp: 'PGP', smime: 'S/MIME' }

/** What is to be said about a message, warnings first. */
export function noticesOf(
  message: Pick<Message, 'flags' | 'signed' | 'encrypted' | 'text' | 'attachments'>,
): Notice[] {
  const { flags, signed, encrypted, text, attachments } = message
  const found: Notice[] = flags
    .filter((flag) => !SAID_OTHERWISE.has(flag))
    .map((key) => ({ key, tone: WARNINGS.has(key) ? 'warn' : 'plain' }))
  if (encrypted) {
    const [largest] = [...attachments].sort((one, other) => other.size - one.size)
    const values = { kind: KIND[encrypted], file: largest?.filename ?? '' }
    found.push(
      text.trim() === ''
        ? { key: 'encrypted', tone: 'warn', values }
        : { key: 'encryptedPart', tone: 'seal', values },
    )
  }
  if (signed) found.push({ key: 'signed', tone: 'seal', values: { kind: KIND[signed] } })
  const order = { warn: 0, seal: 1, plain: 2 }
  return found.sort((one, other) => order[one.tone] - order[other.tone])
}

/** Mail that machines wrote: it stays folded, whoever wants it opens it. */
export function isQuiet({ flags }: Pick<Message, 'flags'>): boolean {
  return flags.includes('acknowledgement') || flags.includes('automatic')
}
