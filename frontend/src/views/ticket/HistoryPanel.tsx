import { useTranslation } from 'react-i18next'
import { TimeText } from '../../components/TimeText'
import type { TicketEvent } from '../../services/types'
import classes from './SidePanel.module.css'
import { useActorName, useEventWords } from './useEventWords'

/** Everything that happened to the ticket, the newest first. */
export function HistoryPanel({ history }: { history: TicketEvent[] }) {
  const { t } = useTranslation()
  const words = useEventWords()
  const actor = useActorName()
  if (history.length === 0) return <p className={classes.notes}>{t('ticket:noHistory')}</p>
  return (
    <ol className={classes.history}>
      {[...history].reverse().map((event) => (
        <li key={event.id} className={classes.step}>
          <span className={classes.stepWords}>{words(event)}</span>
          <span className={classes.meta}>
            {actor(event)} · <TimeText at={event.at} form="short" />
          </span>
        </li>
      ))}
    </ol>
  )
}
