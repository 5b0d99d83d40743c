import { useTranslation } from 'react-i18next'
import { TimeText } from '../../components/TimeText'
import type { Named, TicketEvent } from '../../services/types'
import classes from './SidePanel.module.css'
import { useActorName, useEventWords } from './useEventWords'

/** Everything that happened to the ticket, the newest first. */
interface HistoryPanelProps {
  history: TicketEvent[]
  known: (Named | null)[]
}

export function HistoryPanel({ history, known }: HistoryPanelProps) {
  const { t } = useTranslation()
  const words = useEventWords(known)
  const actor = useActorName()
  if (history.length === 0) return <p className={classes.notes}>{t('ticket:noHistory')}</p>
  return (
    <ol className={classes.history}>
      {[...history].reverse().map((event) => (
        <li key={event.id} className={classes.step}>
          <span className={classes.stepWords}>
            {actor(event)} {words(event)}
          </span>
          <span className={classes.meta}>
            <TimeText at={event.at} form="short" />
          </span>
        </li>
      ))}
    </ol>
  )
}
