import type { Mailbox } from '../../services/types'

export type Tone = 'ok' | 'warn' | 'problem' | 'quiet'

export interface Condition {
  /** The end of its words' key, `mailboxes:condition.<name>`. */
  name: 'failing' | 'failed' | 'paused' | 'starting' | 'late' | 'ok'
  tone: Tone
  /** When it was last read, as ISO. */
  at: string | null
}

/** Seconds of delay from which reading counts as late. */
const LATE_SECONDS = 300

type Facts = Pick<
  Mailbox,
  | 'state'
  | 'last_ok_at'
  | 'lag_seconds'
  | 'oldest_unfetched_at'
  | 'sending_stopped'
  | 'sending_held_code'
  | 'grant'
  | 'health'
>

/** How the reading of a mailbox does, in one word. */
export function conditionOf(mailbox: Facts): Condition {
  const { state, last_ok_at: ok, lag_seconds: lag } = mailbox
  if (state === 'error') return { name: ok ? 'failing' : 'failed', tone: 'problem', at: ok }
  if (state === 'paused') return { name: 'paused', tone: 'quiet', at: null }
  if (ok === null) return { name: 'starting', tone: 'warn', at: null }
  if ((lag ?? 0) > LATE_SECONDS || mailbox.health === 'waiting')
    return { name: 'late', tone: 'warn', at: ok }
  return { name: 'ok', tone: 'ok', at: ok }
}

/** Why nothing leaves; null when it does. */
export function sendingOf({
  sending_stopped,
  sending_held_code,
}: Pick<Facts, 'sending_stopped' | 'sending_held_code'>): 'stopped' | 'held' | null {
  if (sending_stopped) return 'stopped'
  return sending_held_code ? 'held' : null
}

export type HealthFilter = 'trouble' | 'paused'

/** True when a person should look after the mailbox. */
export function isInTrouble(mailbox: Facts): boolean {
  const { tone } = conditionOf(mailbox)
  const revoked = mailbox.grant?.state === 'revoked'
  return tone === 'problem' || tone === 'warn' || revoked || sendingOf(mailbox) !== null
}

const RANK: Record<Tone, number> = { problem: 0, warn: 1, ok: 3, quiet: 4 }

function rankOf(mailbox: Facts): number {
  const { tone } = conditionOf(mailbox)
  const troubled = isInTrouble(mailbox) && tone !== 'problem' && tone !== 'warn'
  return troubled ? 2 : RANK[tone]
}

/** What needs somebody first, then by name; paused ones last. */
export function worstFirst<One extends Facts & Pick<Mailbox, 'name' | 'address'>>(
  mailboxes: readonly One[],
): One[] {
  const label = ({ name, address }: One) => (name || address).toLocaleLowerCase()
  return [...mailboxes].sort(
    (one, other) => rankOf(one) - rankOf(other) || label(one).localeCompare(label(other)),
  )
}
