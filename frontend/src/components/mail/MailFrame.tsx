import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { deskPaper, mailDocument } from './document'
import classes from './MailFrame.module.css'

/** A page longer than this scrolls in its frame: browsers draw no larger ones well. */
const HIGHEST = 20_000
/** Room for the bar of a mail that is wider than the frame. */
const SCROLL_BAR = 16

interface MailFrameProps {
  /** Markup without anything to fetch, as `readMail` draws it. */
  html: string
  title: string
}

/**
 * A mail's own markup, as high as it needs to be. What is seen has an origin of its own: scripts,
 * forms and the desk stay out of reach, links open in a new tab. Its height is taken from a twin
 * nobody sees or clicks, which may be measured because nothing in it can run or open.
 */
export function MailFrame({ html, title }: MailFrameProps) {
  const dark = useComputedColorScheme('light') === 'dark'
  const page = useMemo(() => mailDocument(html, deskPaper(dark)), [html, dark])
  const { twin, height, measure } = useMeasured()
  return (
    <div className={classes.holder}>
      {/* biome-ignore lint/a11y/useIframeTitle: nobody meets it, not even a screen reader */}
      <iframe
        ref={twin}
        className={classes.twin}
        sandbox="allow-same-origin"
        referrerPolicy="no-referrer"
        srcDoc={page}
        onLoad={measure}
        tabIndex={-1}
        aria-hidden
        inert
      />
      {/* Shown at its height from the start: a frame that grows is painted late. */}
      {height !== null && (
        <iframe
          className={classes.frame}
          title={title}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          srcDoc={page}
          style={{ height }}
        />
      )}
    </div>
  )
}

function useMeasured() {
  const twin = useRef<HTMLIFrameElement>(null)
  const observer = useRef<ResizeObserver | null>(null)
  const [height, setHeight] = useState<number | null>(null)
  useEffect(() => () => observer.current?.disconnect(), [])
  const measure = () => {
    const root = twin.current?.contentDocument?.documentElement
    if (!root) return
    observer.current?.disconnect()
    const take = () => setHeight(heightOf(root))
    observer.current = new ResizeObserver(take)
    observer.current.observe(root)
    take()
  }
  return { twin, height, measure }
}

function heightOf(root: HTMLElement): number {
  const bar = root.scrollWidth > root.clientWidth ? SCROLL_BAR : 0
  return Math.min(HIGHEST, Math.ceil(root.scrollHeight) + bar)
}
