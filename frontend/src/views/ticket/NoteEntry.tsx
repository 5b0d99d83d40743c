import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import { LinkedText } from '../../components/LinkedText'
import { TimeText } from '../../components/TimeText'
import type { Note } from '../../services/types'
import classes from './Thread.module.css'

/** Internal words: another tint, a lock and the word itself, so that nobody takes it for a reply. */
export function NoteEntry({ note }: { note: Note }) {
  const { t } = useTranslation()
  return (
    <article
      className={classes.entry}
      data-kind="note"
      data-entry
      aria-label={t('ticket:noteBy', { name: note.author.name })}
    >
      <div className={classes.head}>
        <Avatar name={note.author.name} size={24} tone="agent" />
        <span className={classes.from}>{note.author.name}</span>
        <span className={classes.note}>
          <Icon name="lock" size={13} />
          {t('ticket:internal')}
        </span>
        <span className={classes.grow} />
        <TimeText at={note.created_at} form="short" className={classes.time} />
      </div>
      <p className={classes.body}>
        <LinkedText text={note.text} />
      </p>
    </article>
  )
}
