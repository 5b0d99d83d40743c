import { useCallback, useSyncExternalStore } from 'react'

/** Choices of the screen that belong to this browser, not to the account. */
export interface Preferences {
  inboxMode: 'split' | 'table'
  sidebarFolded: boolean
  detailsOpen: boolean
  sendAction: 'send' | 'resolve' | 'wait'
  /** Where a sent reply leads. */
  afterSend: 'stay' | 'next' | 'list'
  /** What becomes of a reply for later when the customer writes first. */
  ifAnswered: 'hold' | 'cancel' | 'send'
  shortcuts: boolean
}

const DEFAULTS: Preferences = {
  inboxMode: 'split',
  sidebarFolded: false,
  detailsOpen: true,
  sendAction: 'send',
  afterSend: 'stay',
  ifAnswered: 'hold',
  shortcuts: true,
}
const KEY = 'desk-preferences'

function load(): Preferences {
  const stored = localStorage.getItem(KEY)
  if (stored === null) return DEFAULTS
  try {
    return { ...DEFAULTS, ...(JSON.parse(stored) as Partial<Preferences>) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return DEFAULTS
  }
}

let current: Preferences | null = null
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function getPreferences(): Preferences {
  current ??= load()
  return current
}

export function setPreference<Name extends keyof Preferences>(
  name: Name,
  value: Preferences[Name],
): void {
  current = { ...getPreferences(), [name]: value }
  localStorage.setItem(KEY, JSON.stringify(current))
  for (const listener of listeners) listener()
}

export function usePreference<Name extends keyof Preferences>(
  name: Name,
): [Preferences[Name], (value: Preferences[Name]) => void] {
  const value = useSyncExternalStore(subscribe, () => getPreferences()[name])
  const set = useCallback((next: Preferences[Name]) => setPreference(name, next), [name])
  return [value, set]
}
