import { useEffect, useState } from 'react'

/** Text in a field now, and what it was when the typing last paused. */
export function useDebounced(value: string, wait = 250): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), wait)
    return () => clearTimeout(timer)
  }, [value, wait])
  return settled
}
