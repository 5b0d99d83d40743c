import type { TFunction } from 'i18next'
import type { TraceStep } from '../../services/types'
import { reasonWords } from './reason'

export interface StepWords {
  title: string
  /** What else is worth saying, each on a line. */
  lines: string[]
  /** What a server or a program said, word for word. */
  said: string
  /** Where the step leads: another mail of the ledger, by its way. */
  mail?: { direction: 'inbound' | 'outbound'; id: string }
  tone?: 'ok' | 'warn' | 'problem'
}

/** What the settings of a mailbox allow, and the moment it takes to notice. */
const LONGEST_UNDO_MS = 125_000

type Data = Record<string, unknown>

const TONES: Record<string, StepWords['tone']> = {
  ticket_opened: 'ok',
  reply_added: 'ok',
  sent: 'ok',
  not_understood: 'warn',
  not_acknowledged: 'warn',
  held: 'warn',
  spam: 'warn',
  quarantined: 'problem',
}
const BY_STATE: Record<string, StepWords['tone']> = {
  accepted: 'ok',
  sent: 'ok',
  deferred: 'warn',
  uncertain: 'warn',
  failed: 'problem',
}

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

/** The words of a step for the direction its mail went. */
export function stepWords(step: TraceStep, direction: 'in' | 'out', t: TFunction): StepWords {
  const data: Data = step.data ?? {}
  // A bounce that came in is not a bounce that came back about our mail.
  const back = direction === 'out' && step.kind === 'bounce'
  const kind = back ? 'bounced_back' : step.kind
  const words: StepWords = {
    title: t(`ledger:step.${kind}`, { ...plain(data), defaultValue: step.kind }),
    lines: [],
    said: '',
    tone: back ? 'problem' : TONES[step.kind],
  }
  if (step.kind === 'attempt' || step.kind === 'recipient')
    return answered(step.kind, data, words, t)
  if (step.kind === 'matched')
    words.lines.push(t(`ledger:matched.${text(data.by)}`, { defaultValue: text(data.by) }))
  if (step.kind === 'decided')
    words.title = t('ledger:step.decided', {
      by: text(data.by),
      action: t(`ledger:decision.${text(data.action)}`, { defaultValue: text(data.action) }),
    })
  if (step.kind === 'held') words.lines.push(t(`ledger:hold.${holdOf(step.at, data)}`))
  if (step.kind === 'sent_copy') words.lines.push(t(`ledger:sentCopy.${text(data.state)}`))
  if (step.kind === 'not_acknowledged')
    words.lines.push(
      t(`ledger:notAcknowledged.${text(data.why)}`, { defaultValue: text(data.why) }),
    )
  if (step.kind === 'parsed' && data.history === true) words.lines.push(t('ledger:step.history'))
  if (step.kind === 'taken' && Number(data.number) > 1)
    words.lines.push(t('ledger:step.takenAgain', { number: data.number }))
  if (step.kind === 'written' && data.mail)
    words.lines.push(
      [t(`ledger:kinds.${text(data.mail)}`), text(data.by)].filter((one) => one !== '').join(', '),
    )
  const reason = text(data.reason)
  if (reason && step.kind !== 'held') words.lines.push(reasonText(reason, t))
  words.said = text(data.words)
  return { ...words, mail: leadsTo(data) }
}

/** A hold that is over has lost its reason: a short one was the time to take the reply back. */
function holdOf(from: string, data: Data): string {
  const reason = text(data.reason)
  if (reason !== '') return reason
  const length = Date.parse(text(data.until)) - Date.parse(from)
  return length <= LONGEST_UNDO_MS ? 'undo' : 'later'
}

function answered(
  kind: 'attempt' | 'recipient',
  data: Data,
  words: StepWords,
  t: TFunction,
): StepWords {
  const state = text(kind === 'attempt' ? data.outcome : data.state)
  const outcome = t(`ledger:recipient.${state}`, { defaultValue: state })
  const title =
    kind === 'attempt'
      ? t('ledger:step.attempt', { number: data.number, outcome })
      : t('ledger:step.recipient', { address: text(data.address), outcome })
  const lines = kind === 'attempt' ? [text(data.server), phase(data, t)].filter(Boolean) : []
  const said = [text(data.code), text(data.text)].filter(Boolean).join(' ')
  return { ...words, title, lines, said, tone: BY_STATE[state] }
}

function phase(data: Data, t: TFunction): string {
  const name = text(data.phase)
  // Said only where it explains why it ended.
  if (!name || name === 'done') return ''
  return t(`ledger:phase.${name}`, { defaultValue: name })
}

function reasonText(reason: string, t: TFunction): string {
  const known = reasonWords(reason)
  return known ? t(`ledger:reasons.${known.key}`, known.values) : reason
}

function leadsTo(data: Data): StepWords['mail'] {
  if (data.inbound) return { direction: 'inbound', id: text(data.inbound) }
  if (data.outbound) return { direction: 'outbound', id: text(data.outbound) }
  return undefined
}

/** What can stand in a sentence; lists are joined. */
function plain(data: Data): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : text(value),
    ]),
  )
}

/** The time between two steps: 3 s, 5 min, 2 h, 4 d; nothing below a second. */
export function gap(from: string, to: string): { unit: 's' | 'min' | 'h' | 'd'; count: number } {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
  if (seconds < 120) return { unit: 's', count: seconds }
  if (seconds < 7200) return { unit: 'min', count: Math.round(seconds / 60) }
  if (seconds < 172_800) return { unit: 'h', count: Math.round(seconds / 3600) }
  return { unit: 'd', count: Math.round(seconds / 86_400) }
}
