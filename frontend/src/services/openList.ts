import { useSyncExternalStore } from 'react'

/** The order of the list a ticket was opened from, for "previous", "next" and "4 of 37". */
let ids: readonly string[] = []
let more = false
const listeners = new Set<() => void>()

export function setOpenList(next: readonly string[], hasMore: boolean): void {
  if (more === hasMore && ids.length === next.length && ids.every((id, at) => id === next[at]))
    return
  ids = next
  more = hasMore
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export interface Neighbours {
  /** Counted from 1; 0 when the ticket is not in the list. */
  position: number
  count: number
  hasMore: boolean
  previous: string | undefined
  next: string | undefined
}

export function useNeighbours(id: string): Neighbours {
  const list = useSyncExternalStore(subscribe, () => ids)
  const at = list.indexOf(id)
  return {
    position: at + 1,
    count: list.length,
    hasMore: more,
    previous: at > 0 ? list[at - 1] : undefined,
    next: at >= 0 ? list[at + 1] : undefined,
  }
}
