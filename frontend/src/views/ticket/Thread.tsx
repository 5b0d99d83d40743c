import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TicketDetail } from '../../services/types'
import { EventGroup } from './EventGroup'
import { FoldedEntry } from './FoldedEntry'
import { MessageEntry } from './MessageEntry'
import { NoteEntry } from './NoteEntry'
import classes from './Thread.module.css'
import { foldedAtFirst, type ThreadItem, threadItems } from './thread'

const NEAR_END_PX = 80

/** The conversation from the oldest to the newest; opens at its end and stays there while it grows. */
export function Thread({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation()
  const items = useMemo(() => threadItems(ticket), [ticket])
  const [folded, setFolded] = useState(() => foldedAtFirst(items))
  const scroller = useRef<HTMLDivElement>(null)
  useStayAtEnd(scroller, items.length)

  const unfold = (id: string) => setFolded(new Set([...folded].filter((other) => other !== id)))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={classes.thread} ref={scroller} tabIndex={0} aria-label={t('ticket:thread')}>
      <div className={classes.items}>
        {items.map((item) => (
          <Entry
            key={item.id}
            item={item}
            ticket={ticket}
            folded={folded.has(item.id)}
            onUnfold={unfold}
          />
        ))}
      </div>
    </section>
  )
}

interface EntryProps {
  item: ThreadItem
  ticket: TicketDetail
  folded: boolean
  onUnfold: (id: string) => void
}

function Entry({ item, ticket, folded, onUnfold }: EntryProps) {
  if (item.kind === 'events') return <EventGroup events={item.events} known={[ticket.assignee]} />
  if (folded) return <FoldedEntry item={item} onUnfold={() => onUnfold(item.id)} />
  if (item.kind === 'note') return <NoteEntry note={item.note} />
  return <MessageEntry message={item.message} ticket={ticket} />
}

/** Keeps the end in sight while messages come in or the composer takes room, unless scrolled up. */
function useStayAtEnd(scroller: React.RefObject<HTMLDivElement | null>, count: number): void {
  const atEnd = useRef(true)
  useEffect(() => {
    const box = scroller.current
    if (!box) return
    const toEnd = () => {
      if (atEnd.current) box.scrollTop = box.scrollHeight
    }
    const look = () => {
      atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX
    }
    const observer = new ResizeObserver(toEnd)
    observer.observe(box)
    box.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      box.removeEventListener('scroll', look)
    }
  }, [scroller])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new entry is the reason to move
  useEffect(() => {
    const box = scroller.current
    if (box && atEnd.current) box.scrollTop = box.scrollHeight
  }, [scroller, count])
}
