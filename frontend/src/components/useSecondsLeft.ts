import { useEffect, useState } from 'react'

const SECOND = 1_000

/** Whole seconds until `until` (ms of this computer's clock), counted down live; 0 when it is past. */
export function useSecondsLeft(until: number): number {
  const [left, setLeft] = useState(() => secondsUntil(until, Date.now()))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tick = () => {
      const rest = until - Date.now()
      setLeft(secondsUntil(until, Date.now()))
      // The next look is when the number changes, so that no second is shown twice or left out.
      if (rest > 0) timer = setTimeout(tick, rest % SECOND || SECOND)
    }
    tick()
    return () => clearTimeout(timer)
  }, [until])
  return left
}

export function secondsUntil(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / SECOND))
}
