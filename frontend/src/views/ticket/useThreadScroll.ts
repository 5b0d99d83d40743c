import { type RefObject, useEffect, useRef } from 'react'

const NEAR_END_PX = 80
const GAP_PX = 10

/** Where the reading goes on: the end, or the top of a last entry that is higher than the window. */
export function restingPlace(
  box: { scrollHeight: number; clientHeight: number },
  last: { top: number; height: number } | null,
): number {
  const end = Math.max(0, box.scrollHeight - box.clientHeight)
  if (!last || last.height <= box.clientHeight) return end
  return Math.max(0, Math.min(end, last.top - GAP_PX))
}

interface ThreadScroll {
  scroller: RefObject<HTMLElement | null>
  content: RefObject<HTMLElement | null>
}

/**
 * Opens a thread where the reading goes on, or at `wanted`, and stays there while mails grow to
 * their height, messages come in or the composer takes room; leaves readers alone who moved away.
 */
export function useThreadScroll(count: number, wanted: string | null): ThreadScroll {
  const scroller = useRef<HTMLElement>(null)
  const content = useRef<HTMLElement>(null)
  const keep = useRef({ following: true, touched: false, placed: -1 })

  useEffect(() => {
    const box = scroller.current
    const items = content.current
    if (!box || !items) return
    const now = keep.current
    const place = () => {
      box.scrollTop = placeIn(box, items, wanted)
      now.placed = box.scrollTop
    }
    const grown = new ResizeObserver(() => {
      if (now.following && !now.touched) place()
    })
    const resized = new ResizeObserver(() => {
      if (now.following) place()
    })
    const look = () => {
      if (Math.abs(box.scrollTop - now.placed) < 2) return
      now.following = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX
    }
    const touch = () => {
      now.touched = true
    }
    grown.observe(items)
    resized.observe(box)
    box.addEventListener('scroll', look, { passive: true })
    for (const kind of TOUCHES) box.addEventListener(kind, touch, { passive: true })
    return () => {
      grown.disconnect()
      resized.disconnect()
      box.removeEventListener('scroll', look)
      for (const kind of TOUCHES) box.removeEventListener(kind, touch)
    }
  }, [wanted])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new entry is the reason to move
  useEffect(() => {
    const box = scroller.current
    const items = content.current
    const now = keep.current
    if (!box || !items || !now.following) return
    now.touched = false
    box.scrollTop = placeIn(box, items, wanted)
    now.placed = box.scrollTop
  }, [count, wanted])

  return { scroller, content }
}

const TOUCHES = ['pointerdown', 'wheel', 'keydown', 'touchstart'] as const

function placeIn(box: HTMLElement, items: HTMLElement, wanted: string | null): number {
  const topOf = (entry: Element) =>
    entry.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop
  const target = wanted && document.getElementById(wanted)
  if (target && items.contains(target)) return Math.max(0, topOf(target) - GAP_PX)
  const last = items.lastElementChild
  return restingPlace(box, last && { top: topOf(last), height: last.clientHeight })
}
