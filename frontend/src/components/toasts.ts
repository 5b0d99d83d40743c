export interface Toast {
  id: number
  text: string
  tone: 'done' | 'problem'
  undo?: () => void
  /** ms of this computer's clock: it stays until then and counts down. */
  until?: number
}

export const TOAST_MS = 7_000

let toast: Toast | null = null
let nextId = 1
const listeners = new Set<() => void>()

function change(next: Toast | null): void {
  toast = next
  for (const listener of listeners) listener()
}

/** Shows one toast and returns its id; the one before it gives way. */
export function showToast(
  text: string,
  options: { undo?: () => void; tone?: Toast['tone']; until?: number } = {},
): number {
  const { undo, until, tone = 'done' } = options
  const id = nextId
  nextId += 1
  change({ id, text, tone, undo, until })
  return id
}

export function closeToast(id: number): void {
  if (toast?.id === id) change(null)
}

export function currentToast(): Toast | null {
  return toast
}

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

let announcement = ''

/** Says something to screen readers alone, where everybody else sees it. */
export function announce(text: string): void {
  announcement = text
  for (const listener of listeners) listener()
}

export function currentAnnouncement(): string {
  return announcement
}
