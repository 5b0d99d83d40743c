import { Popover } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../../components/Icon'
import { TimeText } from '../../../components/TimeText'
import type { Delivery, DeliveryState } from '../../../services/types'
import { DeliveryDetails } from './DeliveryDetails'
import classes from './sending.module.css'

const SIGN: Record<DeliveryState, { icon: IconName; tone?: 'ok' | 'warn' | 'problem' }> = {
  held: { icon: 'clock' },
  queued: { icon: 'clock' },
  sending: { icon: 'send' },
  sent: { icon: 'check', tone: 'ok' },
  deferred: { icon: 'clock', tone: 'warn' },
  failed: { icon: 'alert', tone: 'problem' },
  uncertain: { icon: 'alert', tone: 'warn' },
  cancelled: { icon: 'close' },
}

/** How a reply's journey stands, in one word; a press tells the whole of it. */
export function DeliverySign({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation()
  const { icon, tone } = SIGN[delivery.state]
  const name = delivery.state === 'held' ? `held_${delivery.hold || 'undo'}` : delivery.state
  return (
    <Popover position="bottom-end" width={380} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.sign}
          data-tone={tone}
          data-delivery={delivery.state}
          title={t(`sending:help.${name}`)}
        >
          <Icon name={icon} size={13} />
          {t(`sending:state.${name}`)}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('sending:details.title')} className={classes.details}>
        <DeliveryDetails delivery={delivery} help={t(`sending:help.${name}`)} />
      </Popover.Dropdown>
    </Popover>
  )
}

/** A read receipt came back: as much as mail programs ever tell (RFC 8098). */
export function ReadSign({ at }: { at: string }) {
  const { t } = useTranslation()
  return (
    <span className={classes.read} data-tone="ok" title={t('mail:readHelp')}>
      <Icon name="checkCircle" size={13} />
      {t('mail:readAt')} <TimeText at={at} form="short" />
    </span>
  )
}
