import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../../components/Icon'
import { TimeText } from '../../../components/TimeText'
import type { Delivery, DeliveryAttempt, DeliveryRecipient } from '../../../services/types'
import { useMay } from '../../../services/useSession'
import classes from './sending.module.css'

const MARK: Record<DeliveryRecipient['state'], IconName> = {
  pending: 'clock',
  accepted: 'check',
  deferred: 'clock',
  failed: 'alert',
  uncertain: 'alert',
  cancelled: 'close',
}

/** Each recipient with the server's answer, and each attempt to deliver. */
export function DeliveryDetails({ delivery, help }: { delivery: Delivery; help: string }) {
  const { t } = useTranslation()
  const mayLedger = useMay('ledger.read')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the keyboard
    <section tabIndex={0} className={classes.sheet} aria-label={t('sending:details.title')}>
      <p className={classes.lead}>
        {help}
        {delivery.sent_at && (
          <span className={classes.aside}>
            {t('sending:details.sentAt')} <TimeText at={delivery.sent_at} form="short" />
          </span>
        )}
        {delivery.sent_copy === 'failed' && (
          <span className={classes.aside}>{t('sending:details.noCopy')}</span>
        )}
      </p>
      <ul className={classes.list} aria-label={t('sending:details.recipients')}>
        {delivery.recipients.map((one) => (
          <Recipient key={one.address} recipient={one} />
        ))}
      </ul>
      {delivery.attempts && delivery.attempts.length > 0 && (
        <>
          <h2 className={classes.heading}>{t('sending:details.attempts')}</h2>
          <ol className={classes.list}>
            {delivery.attempts.map((one) => (
              <Attempt key={one.number} attempt={one} />
            ))}
          </ol>
        </>
      )}
      {mayLedger && (
        <Link
          to="/ledger/$direction"
          params={{ direction: 'outbound' }}
          search={{ mail: delivery.id }}
          className={classes.ledger}
        >
          {t('sending:details.ledger')}
        </Link>
      )}
    </section>
  )
}

function Recipient({ recipient }: { recipient: DeliveryRecipient }) {
  const { t } = useTranslation()
  const { address, kind, state, code, text, settled_at: at } = recipient
  return (
    <li className={classes.row} data-state={state}>
      <Icon name={MARK[state]} size={14} label={t(`sending:recipient.${state}`)} />
      <div className={classes.cell}>
        <span className={classes.address}>{address}</span>
        {kind !== 'to' && <span className={classes.kind}>{t(`ticket:${kind}`)}</span>}
        {text && (
          <code className={classes.words}>
            {code} {text}
          </code>
        )}
      </div>
      {at && <TimeText at={at} form="short" className={classes.when} />}
    </li>
  )
}

function Attempt({ attempt }: { attempt: DeliveryAttempt }) {
  const { t } = useTranslation()
  const { number, at, phase, outcome, code, text, server } = attempt
  return (
    <li className={classes.row} data-state={outcome}>
      <span className={classes.number}>{number}</span>
      <div className={classes.cell}>
        {t(`sending:outcome.${outcome}`, { defaultValue: outcome })}
        <span className={classes.kind}>{t(`sending:phase.${phase}`, { defaultValue: phase })}</span>
        {(server || text) && (
          <code className={classes.words}>
            {server} {code} {text}
          </code>
        )}
      </div>
      <TimeText at={at} form="short" className={classes.when} />
    </li>
  )
}
