import { useTranslation } from 'react-i18next'
import { TimeText } from '../../components/TimeText'
import type { Mailbox } from '../../services/types'
import { conditionOf } from './health'
import classes from './mailboxes.module.css'

/** Green, amber, red or grey, always with words. */
export function MailboxHealth({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation()
  const { name, tone, at } = conditionOf(mailbox)
  return (
    <span className={classes.state} data-tone={tone}>
      {t(`mailboxes:condition.${name}`)}
      {at && <TimeText at={at} form="ago" />}
    </span>
  )
}
