import { letters } from '../../../components/mail/letters'
import type { Forwarded, Message } from '../../../services/types'

/** Prefixes of answers and forwards in all languages (MAIL.md T11). */
const PREFIX = /^\s*(?:re|res|enc|fw|fwd|aw|antw|wg|rv|tr|r|i|odp|sv|vs)(?:\s*\[\d{1,3}\])?\s*:\s*/i
const MOST_PREFIXES = 20
const HEAD_LETTERS = 60
const BLOCK_LINES = 14

/** The subject without "Re:", "RES:", "Enc:" and their like. */
export function bareSubject(subject: string): string {
  let bare = subject.trim()
  for (let turn = 0; turn < MOST_PREFIXES && PREFIX.test(bare); turn += 1)
    bare = bare.replace(PREFIX, '')
  return bare.replace(/\s+/g, ' ')
}

/** True where a customer changed the subject in the middle of a conversation (T9). */
export function hasNewSubject(
  message: Pick<Message, 'id' | 'direction' | 'subject'>,
  ticket: { subject: string; messages: Pick<Message, 'id' | 'subject'>[] },
): boolean {
  const at = ticket.messages.findIndex((one) => one.id === message.id)
  if (message.direction !== 'in' || at <= 0) return false
  const bare = bareSubject(message.subject)
  const known = [ticket.subject, ticket.messages[0]?.subject, ticket.messages[at - 1]?.subject]
  return bare !== '' && !known.some((one) => bareSubject(one ?? '') === bare)
}

/** The new words of a mail, without what it quotes or forwards; empty when it only forwards. */
export function newWords(message: Pick<Message, 'text' | 'reply_text' | 'forwarded'>): string {
  const { text, reply_text, forwarded } = message
  const fresh = reply_text.trim() === '' ? text : reply_text
  if (!forwarded) return fresh
  const head = letters(forwarded.text).slice(0, HEAD_LETTERS)
  return head !== '' && letters(fresh).includes(head) ? wordsAbove(fresh, forwarded) : fresh
}

function wordsAbove(text: string, forwarded: Forwarded): string {
  const lines = text.split('\n')
  const first = forwarded.text.split('\n').find((line) => line.trim() !== '') ?? ''
  const at = lines.findIndex((line) => line.trim() === first.trim())
  let end = at < 0 ? lines.length : at
  const blank = () => (lines[end - 1] ?? '').trim() === ''
  while (end > 0 && blank()) end -= 1
  // The block of sender, date and subject, and the line that announces it.
  for (let left = BLOCK_LINES; left > 0 && end > 0 && !blank(); left -= 1) end -= 1
  while (end > 0 && blank()) end -= 1
  if (/(?:-{2,}|_{5,}|:\s*$)/.test(lines[end - 1] ?? '')) end -= 1
  return lines.slice(0, end).join('\n').trim()
}
