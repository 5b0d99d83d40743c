import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import { TimeText } from '../../../components/TimeText'
import type { Delivery } from '../../../services/types'
import { Strip } from './Strip'
import classes from './sending.module.css'
import { adviceOf, gotBy, refusedOf } from './smtpAdvice'
import type { DeliveryActions } from './useDeliveryActions'

interface TroubleStripProps {
  delivery: Delivery
  actions: DeliveryActions
  mayAct: boolean
}

/** What went wrong, what to do about it, and the mail server's own words. */
export function TroubleStrip({ delivery, actions, mayAct }: TroubleStripProps) {
  const failed = delivery.state === 'failed'
  return (
    <Strip
      icon="alert"
      tone={failed ? 'problem' : 'warn'}
      alert={failed}
      actions={mayAct && <TroubleActions delivery={delivery} actions={actions} />}
    >
      <TroubleWords delivery={delivery} />
      <ServerWords delivery={delivery} />
    </Strip>
  )
}

function TroubleWords({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation()
  const { state, next_attempt_at: next } = delivery
  const advice = adviceOf(delivery)
  const got = gotBy(delivery)
  const partly = state === 'failed' && got.length > 0
  return (
    <>
      <strong>{t(`sending:trouble.${partly ? 'partly' : state}`)}</strong>{' '}
      {advice && t(`sending:advice.${advice}`, { defaultValue: '' })}
      {got.length > 0 && (
        <span className={classes.aside}>
          {t('sending:trouble.gotBy', { addresses: got.join(', ') })}
        </span>
      )}
      {state === 'deferred' && next && (
        <span className={classes.aside}>
          {t('sending:nextAttempt')} <TimeText at={next} form="short" />
          {delivery.tries > 1 && ` · ${t('sending:tries', { count: delivery.tries })}`}
        </span>
      )}
    </>
  )
}

/** As the mail server said it: what an administrator or provider asks for. */
export function ServerWords({ delivery }: { delivery: Delivery }) {
  const refused = refusedOf(delivery)
  if (refused.length === 0)
    return delivery.last_error ? <code className={classes.words}>{delivery.last_error}</code> : null
  return refused.map((one) => (
    <code key={one.address} className={classes.words}>
      {one.address}: {one.code} {one.text}
    </code>
  ))
}

function TroubleActions({ delivery, actions }: Pick<TroubleStripProps, 'delivery' | 'actions'>) {
  const { t } = useTranslation()
  const failed = delivery.state === 'failed'
  return (
    <>
      {delivery.can_retry && (
        <Button
          variant="default"
          disabled={actions.busy}
          loading={actions.running === 'retry'}
          leftSection={<Icon name="refresh" size={14} />}
          onClick={() => actions.run('retry')}
        >
          {t(failed ? 'sending:retry' : 'sending:retryNow')}
        </Button>
      )}
      {failed && (
        <Button variant="default" disabled={actions.busy} onClick={actions.correct}>
          {t('sending:correct')}
        </Button>
      )}
      {delivery.can_cancel && (
        <Button
          variant="subtle"
          color="gray"
          disabled={actions.busy}
          loading={actions.running === 'cancel'}
          onClick={() => actions.run('cancel')}
        >
          {t(failed ? 'sending:giveUp' : 'sending:cancel')}
        </Button>
      )}
    </>
  )
}
