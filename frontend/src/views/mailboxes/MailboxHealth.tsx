import { useTranslation } from 'react-i18next'
import { TimeText } from '../../components/TimeText'
import type { Mailbox } from '../../services/types'
import { conditionOf } from './health'
import classes from './mailboxes.module.css'

/** Green, amber, red or grey, always with words. */
export function MailboxHealth({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation()
  const { name, tone, at } = conditionOf(mailbox)
  const minutes = Math.floor((mailbox.lag_seconds ?? 0) / 60)
  const lag =
    minutes < 60
      ? t('common:time.minutes', { count: minutes })
      : t('common:time.hours', { count: Math.floor(minutes / 60) })
  return (
    <span className={classes.state} data-tone={tone}>
      {name === 'late' && minutes > 0
        ? t('mailboxes:condition.lateBy', { lag })
        : t(`mailboxes:condition.${name}`)}
      {at && <TimeText at={at} form="ago" />}
    </span>
  )
}
