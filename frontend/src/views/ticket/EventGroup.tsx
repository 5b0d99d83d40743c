import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { TimeText } from '../../components/TimeText'
import type { Named, TicketEvent } from '../../services/types'
import classes from './Thread.module.css'
import { useActorName, useEventWords } from './useEventWords'

/** Changes between two messages: one grey line, several fold into "4 changes". */
interface EventGroupProps {
  events: TicketEvent[]
  /** People who may be named and are no longer among the users. */
  known: (Named | null)[]
}

export function EventGroup({ events, known }: EventGroupProps) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const many = events.length > 1
  return (
    <div className={classes.events}>
      {many && (
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'chevronDown' : 'chevronRight'} size={12} />
          {t('ticket:event.count', { count: events.length })}
        </button>
      )}
      {(open || !many) && (
        <ul className={classes.eventList}>
          {events.map((event) => (
            <EventLine key={event.id} event={event} known={known} />
          ))}
        </ul>
      )}
    </div>
  )
}

function EventLine({ event, known }: { event: TicketEvent; known: (Named | null)[] }) {
  const words = useEventWords(known)
  const actor = useActorName()
  return (
    <li className={classes.event}>
      <span>
        {actor(event)} {words(event)}
      </span>
      <span aria-hidden="true">·</span>
      <TimeText at={event.at} form="short" />
    </li>
  )
}
