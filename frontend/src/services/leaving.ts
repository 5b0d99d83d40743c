import { useSyncExternalStore } from 'react'
import { onThisClock } from './serverClock'
import type { Message } from './types'

/** A reply of this person that can still be taken back. */
export interface Leaving {
  message: string
  ticket: string
  address: string
  /** ms of this computer's clock */
  until: number
}

let entries: readonly Leaving[] = []
const listeners = new Set<() => void>()

function change(next: readonly Leaving[]): void {
  entries = next
  for (const listener of listeners) listener()
}

function addLeaving(entry: Leaving): void {
  const known = entries.find((one) => one.message === entry.message)
  if (known?.until === entry.until || entry.until <= Date.now()) return
  change([...entries.filter((one) => one.message !== entry.message), entry])
}

/** Remembers a reply as the desk describes it, while it can be undone; forgets it otherwise. */
export function noteLeaving(ticket: string, { id, to, delivery }: Message): void {
  if (delivery?.hold === 'undo' && delivery.can_undo && delivery.leaves_at) {
    const until = onThisClock(delivery.leaves_at)
    addLeaving({ message: id, ticket, address: to[0]?.address ?? '', until })
  } else dropLeaving(id)
}

export function dropLeaving(message: string): void {
  if (entries.some((one) => one.message === message))
    change(entries.filter((one) => one.message !== message))
}

export function useLeaving(): readonly Leaving[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => entries,
  )
}
