import { useEffect, useRef } from 'react'

const PAUSE_MS = 3_000

async function answers(signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch('/healthz', { cache: 'no-store', signal })).ok
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return false
  }
}

/**
 * Runs `onReturn` once, as soon as a desk that did not answer does so again; never for a desk that
 * was there all along, so that a fault of another kind cannot become an endless circle.
 */
export function useDeskReturn(waiting: boolean, onReturn: () => void): void {
  const run = useRef(onReturn)
  run.current = onReturn
  useEffect(() => {
    if (!waiting) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let wasAway = false
    const look = async () => {
      const here = await answers(abort.signal)
      if (abort.signal.aborted) return
      if (here) {
        if (wasAway) run.current()
        return
      }
      wasAway = true
      timer = setTimeout(() => void look(), PAUSE_MS)
    }
    void look()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [waiting])
}
