import { type RefObject, useLayoutEffect, useState } from 'react'

/** The width of an element in pixels, right from the first paint. */
export function useWidth(target: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = target.current
    if (!element) return
    setWidth(element.offsetWidth)
    const observer = new ResizeObserver(() => setWidth(element.offsetWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [target])
  return width
}
