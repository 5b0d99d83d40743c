import type { DraftFile } from './types'

/** Text an agent has typed and not sent; it stays on this computer, one per ticket and mode. */
export interface Draft {
  text: string
  to?: string[]
  cc?: string[]
  bcc?: string[]
  /** The status that sending sets, where it was chosen before; "" for none. */
  statusAfter?: string
  /** Files that a reply taken back held. */
  files?: DraftFile[]
  /** A message that failed and that this text stands in for. */
  replaces?: string
}

export type DraftKind = 'reply' | 'note' | 'new'

const PREFIX = 'desk-draft'

function keyOf(ticket: string, kind: DraftKind): string {
  return `${PREFIX}:${kind}:${ticket}`
}

export function readDraft(ticket: string, kind: DraftKind): Draft | null {
  const stored = localStorage.getItem(keyOf(ticket, kind))
  if (stored === null) return null
  try {
    return JSON.parse(stored) as Draft
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { text: stored }
  }
}

export function writeDraft(ticket: string, kind: DraftKind, draft: Draft): void {
  if (draft.text.trim() === '') localStorage.removeItem(keyOf(ticket, kind))
  else localStorage.setItem(keyOf(ticket, kind), JSON.stringify(draft))
}

export function dropDraft(ticket: string, kind: DraftKind): void {
  localStorage.removeItem(keyOf(ticket, kind))
}

type Restored = (ticket: string, draft: Draft) => void
const listeners = new Set<Restored>()
let unseen: string | null = null

/**
 * Puts words back into the reply of a ticket: at once where it is on screen, else when it is opened
 * next. Words that already stand there stay, below.
 */
export function restoreDraft(ticket: string, draft: Draft): void {
  const begun = readDraft(ticket, 'reply')?.text.trim() ?? ''
  const text = [draft.text.trim(), begun === draft.text.trim() ? '' : begun]
  const whole = { ...draft, text: text.filter(Boolean).join('\n\n') }
  writeDraft(ticket, 'reply', whole)
  unseen = ticket
  for (const listener of listeners) listener(ticket, whole)
}

export function onRestored(listener: Restored): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** True once after words were put back into this ticket's reply: it wants to be open and have the keyboard. */
export function takeRestored(ticket: string): boolean {
  if (unseen !== ticket) return false
  unseen = null
  return true
}
