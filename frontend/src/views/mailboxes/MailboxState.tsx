import { useTranslation } from 'react-i18next'
import { TimeText } from '../../components/TimeText'
import type { Mailbox } from '../../services/types'
import classes from './mailboxes.module.css'

/** Seconds of delay from which the mailbox counts as late. */
const LATE = 300

/** Green, amber or red, always with words. */
export function MailboxState({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation()
  if (mailbox.state === 'error') {
    return (
      <span className={classes.state} data-tone="problem">
        {t('mailboxes:state.error')}
        {mailbox.last_error_at && <TimeText at={mailbox.last_error_at} form="ago" />}
      </span>
    )
  }
  if (mailbox.state === 'paused') {
    return <span className={classes.state}>{t('mailboxes:state.paused')}</span>
  }
  if (mailbox.last_ok_at === null) {
    return (
      <span className={classes.state} data-tone="warn">
        {t('mailboxes:state.starting')}
      </span>
    )
  }
  const late = (mailbox.lag_seconds ?? 0) > LATE
  return (
    <span className={classes.state} data-tone={late ? 'warn' : 'ok'}>
      {t(late ? 'mailboxes:state.late' : 'mailboxes:state.active')}
      <TimeText at={mailbox.last_ok_at} form="ago" />
    </span>
  )
}
