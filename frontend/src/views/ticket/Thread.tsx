import { type RefObject, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TicketDetail } from '../../services/types'
import { EventGroup } from './EventGroup'
import { FoldedEntry } from './FoldedEntry'
import { MessageEntry } from './message/MessageEntry'
import { NoteEntry } from './NoteEntry'
import classes from './Thread.module.css'
import { foldedAtFirst, type ThreadItem, threadItems } from './thread'
import { useThreadScroll } from './useThreadScroll'

/** The message that the address of the page leads to. */
function messageInAddress(): string | null {
  return /^#message-([\w-]+)$/.exec(window.location.hash)?.[1] ?? null
}

/** The conversation from the oldest to the newest; opens at its end and stays there while it grows. */
export function Thread({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation()
  const items = useMemo(() => threadItems(ticket), [ticket])
  const [wanted] = useState(messageInAddress)
  const [folded, setFolded] = useState(() => foldedAtFirst(items, wanted))
  const { scroller, content } = useThreadScroll(items.length, wanted && `message-${wanted}`)

  const unfold = (id: string) => setFolded(new Set([...folded].filter((other) => other !== id)))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={classes.thread} ref={scroller} tabIndex={0} aria-label={t('ticket:thread')}>
      <div className={classes.items} ref={content as RefObject<HTMLDivElement>}>
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
