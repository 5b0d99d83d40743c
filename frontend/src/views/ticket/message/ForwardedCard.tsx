import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { writtenAddress } from '../../../components/addresses'
import { Icon } from '../../../components/Icon'
import type { Forwarded } from '../../../services/types'
import classes from './message.module.css'

/** The mail that somebody passed on, apart from the words of whoever passed it on. */
export function ForwardedCard(props: { forwarded: Forwarded; children: ReactNode }) {
  const { t } = useTranslation()
  const { from, to, subject, date } = props.forwarded
  const author = from ? from.name || from.address : t('mail:forwarded.unknown')
  return (
    <section className={classes.card} aria-label={t('mail:forwarded.by', { name: author })}>
      <header className={classes.cardHead}>
        <Icon name="forward" size={14} />
        <div className={classes.cardWho}>
          <strong>{author}</strong>
          {from && from.address !== author && <span className={classes.faint}>{from.address}</span>}
        </div>
        {date && <span className={classes.faint}>{date}</span>}
      </header>
      {subject && <p className={classes.cardSubject}>{subject}</p>}
      {to.length > 0 && (
        <p className={classes.faint}>
          {t('ticket:to')}: {to.map(writtenAddress).join(', ')}
        </p>
      )}
      {props.children}
    </section>
  )
}
