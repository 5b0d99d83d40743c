export interface Toast {
  id: number
  text: string
  tone: 'done' | 'problem'
  undo?: () => void
}

export const TOAST_MS = 7_000

let toast: Toast | null = null
let nextId = 1
const listeners = new Set<() => void>()

function change(next: Toast | null): void {
  toast = next
  for (const listener of listeners) listener()
}

/** Shows one toast; the one before it gives way. */
export function showToast(
  text: string,
  options: { undo?: () => void; tone?: Toast['tone'] } = {},
): void {
  change({ id: nextId, text, tone: options.tone ?? 'done', undo: options.undo })
  nextId += 1
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
