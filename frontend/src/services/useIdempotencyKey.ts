import { useCallback, useRef } from 'react'

/** One key per content: pressing "send" again after an error can't send the same words twice. */
export function useIdempotencyKey() {
  const last = useRef<{ content: string; key: string } | null>(null)
  return useCallback((content: string): string => {
    if (last.current?.content !== content) last.current = { content, key: crypto.randomUUID() }
    return last.current.key
  }, [])
}
