import { useTranslation } from 'react-i18next'
import type { DeliveryState, Fate, InboundState } from '../../services/types'
import classes from './ledger.module.css'

type Tone = 'ok' | 'warn' | 'problem' | undefined

const FATE_TONE: Partial<Record<Fate, Tone>> = {
  ticket: 'ok',
  reply: 'ok',
  bounce: 'warn',
  spam: 'warn',
  quarantined: 'problem',
}
const DELIVERY_TONE: Partial<Record<DeliveryState, Tone>> = {
  sent: 'ok',
  deferred: 'warn',
  uncertain: 'warn',
  failed: 'problem',
}

/** What became of a received mail; before that is known, how far it got. */
export function FateSign({ fate, state }: { fate: Fate | null; state: InboundState }) {
  const { t } = useTranslation()
  if (fate === null) return <span className={classes.fate}>{t(`ledger:state.${state}`)}</span>
  return (
    <span className={classes.fate} data-tone={FATE_TONE[fate]}>
      {t(`ledger:fate.${fate}`)}
    </span>
  )
}

export function DeliveryStateSign({ state }: { state: DeliveryState }) {
  const { t } = useTranslation()
  return (
    <span className={classes.fate} data-tone={DELIVERY_TONE[state]}>
      {t(`ledger:delivery.${state}`)}
    </span>
  )
}
