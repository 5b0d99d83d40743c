import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { TimeText } from '../../components/TimeText'
import type { TicketEvent } from '../../services/types'
import classes from './Thread.module.css'
import { useActorName, useEventWords } from './useEventWords'

/** Changes between two messages: one grey line, several fold into "4 changes". */
export function EventGroup({ events }: { events: TicketEvent[] }) {
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
            <EventLine key={event.id} event={event} />
          ))}
        </ul>
      )}
    </div>
  )
}

export function EventLine({ event }: { event: TicketEvent }) {
  const words = useEventWords()
  const actor = useActorName()
  return (
    <li className={classes.event}>
      <span>
        {actor(event)}: {words(event)}
      </span>
      <span aria-hidden="true">·</span>
      <TimeText at={event.at} form="short" />
    </li>
  )
}
