/** Text an agent has typed and not sent; it stays on this computer, one per ticket and mode. */
export interface Draft {
  text: string
  to?: string[]
  cc?: string[]
  bcc?: string[]
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
