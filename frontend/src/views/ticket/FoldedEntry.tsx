import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import { TimeText } from '../../components/TimeText'
import { isQuiet } from './message/notices'
import classes from './Thread.module.css'
import { type ThreadItem, writerOf } from './thread'

interface FoldedEntryProps {
  item: Exclude<ThreadItem, { kind: 'events' }>
  onUnfold: () => void
}

/** An older message or note as one line. */
export function FoldedEntry({ item, onUnfold }: FoldedEntryProps) {
  const { t } = useTranslation()
  const isNote = item.kind === 'note'
  const name = isNote ? item.note.author.name : writerOf(item.message)
  const text = isNote ? item.note.text : item.message.reply_text || item.message.text
  return (
    <button
      type="button"
      className={classes.strip}
      data-kind={item.kind}
      aria-expanded={false}
      onClick={onUnfold}
    >
      {isNote ? (
        <Icon name="lock" size={14} label={t('ticket:internal')} />
      ) : (
        <Avatar
          name={name}
          size={20}
          tone={item.message.direction === 'out' ? 'agent' : 'contact'}
        />
      )}
      <span className={classes.from}>{name}</span>
      {!isNote && isQuiet(item.message) && (
        <span className={classes.quiet}>
          <Icon name="robot" size={12} />
          {t(
            item.message.flags.includes('acknowledgement')
              ? 'mail:notice.acknowledgement'
              : 'mail:notice.automatic',
          )}
        </span>
      )}
      <span className={classes.snippet}>{text.replace(/\s+/g, ' ').slice(0, 160)}</span>
      <TimeText at={item.at} form="short" className={classes.time} />
    </button>
  )
}
