import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { TimeText } from '../../components/TimeText'
import type { PostboxMessage } from '../../services/types'
import { displayName } from './customers'
import classes from './PostboxPage.module.css'

interface LetterListProps {
  messages: PostboxMessage[]
  loading: boolean
  opened: PostboxMessage | undefined
  onOpen: (message: PostboxMessage) => void
}

/** Received and sent together, the newest first. */
export function LetterList({ messages, loading, opened, onOpen }: LetterListProps) {
  const { t } = useTranslation()
  if (loading) return <Skeleton height={60} m="sm" />
  return (
    <ul className={classes.list} aria-label={t('postbox:letters')}>
      {messages.map((message) => {
        const sent = message.folder === 'sent'
        return (
          <li key={`${message.folder}-${message.uid}`}>
            <button
              type="button"
              className={classes.row}
              data-folder={message.folder}
              aria-current={message === opened}
              onClick={() => onOpen(message)}
            >
              <span className={classes.rowTop}>
                {sent && <Icon name="outgoing" size={14} label={t('postbox:sent')} />}
                <span className={classes.rowName}>
                  {sent
                    ? t('postbox:toDesk', { address: displayName(message.to) })
                    : displayName(message.from)}
                </span>
                <TimeText at={message.date} className={classes.time} />
              </span>
              <span className={classes.rowSubject}>
                {message.subject || t('postbox:noSubject')}
              </span>
              <span className={classes.rowText}>
                {message.text.replace(/\s+/g, ' ').slice(0, 120)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
