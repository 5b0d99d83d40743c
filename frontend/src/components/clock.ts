import { useSyncExternalStore } from 'react'

const TICK_MS = 30_000
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** One shared clock for all relative times, in milliseconds; moves every half minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** Called when something just happened, so that no time reads as lying in the future. */
export function touchClock(): void {
  now = Date.now()
}
