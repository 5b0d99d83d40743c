import { ActionIcon, Button, Menu } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNow } from '../../../components/clock'
import { Icon } from '../../../components/Icon'
import { momentText } from '../../../components/relativeTime'
import { ScheduleDialog } from '../../../components/ScheduleDialog'
import { useTimeStyle } from '../../../components/TimeText'
import type { Delivery, TicketDetail } from '../../../services/types'
import { Strip } from './Strip'
import classes from './sending.module.css'
import type { DeliveryActions } from './useDeliveryActions'

interface HeldStripProps {
  delivery: Delivery
  ticket: TicketDetail
  actions: DeliveryActions
  mayAct: boolean
}

/** A reply that waits for its hour, or for a decision because the customer wrote first (C5). */
export function HeldStrip({ delivery, ticket, actions, mayAct }: HeldStripProps) {
  const { t } = useTranslation()
  const [picking, setPicking] = useState(false)
  const name = ticket.contact.name || ticket.contact.address
  const wrote = delivery.hold === 'customer_wrote'
  const { reschedule } = actions
  return (
    <>
      <Strip
        icon={wrote ? 'alert' : 'clock'}
        tone={wrote ? 'warn' : 'quiet'}
        actions={
          mayAct &&
          (wrote ? (
            <WroteActions actions={actions} />
          ) : (
            <LaterActions actions={actions} onPick={() => setPicking(true)} />
          ))
        }
      >
        {wrote ? (
          <>
            <strong>{t('sending:wrote.title', { name })}</strong> {t('sending:wrote.text')}
          </>
        ) : (
          <LaterWords delivery={delivery} name={name} />
        )}
      </Strip>
      {picking && (
        <ScheduleDialog
          name={name}
          at={delivery.leaves_at ?? undefined}
          ifAnswered={delivery.if_answered}
          action={t('common:save')}
          busy={reschedule.isPending}
          onSchedule={(schedule) =>
            reschedule.mutate(schedule, { onSuccess: () => setPicking(false) })
          }
          onClose={() => setPicking(false)}
        />
      )}
    </>
  )
}

function LaterWords({ delivery, name }: { delivery: Delivery; name: string }) {
  const { t } = useTranslation()
  const style = useTimeStyle()
  const now = useNow()
  const at = delivery.leaves_at
  return (
    <>
      {at && (
        <strong>
          <time dateTime={at}>
            {t('sending:leavesAt', { moment: momentText(Date.parse(at), now, style) })}
          </time>
        </strong>
      )}
      <span className={classes.aside}>
        {t('sending:ifAnswered.title', { name })}: {t(`sending:ifAnswered.${delivery.if_answered}`)}
      </span>
    </>
  )
}

function WroteActions({ actions }: { actions: DeliveryActions }) {
  const { t } = useTranslation()
  return (
    <>
      <Button
        disabled={actions.busy}
        loading={actions.running === 'sendNow'}
        onClick={() => actions.run('sendNow')}
      >
        {t('sending:sendNow')}
      </Button>
      <Button
        variant="default"
        disabled={actions.busy}
        loading={actions.undoing}
        onClick={actions.undo}
      >
        {t('sending:edit')}
      </Button>
      <Button
        variant="subtle"
        color="gray"
        disabled={actions.busy}
        loading={actions.running === 'cancel'}
        onClick={() => actions.run('cancel')}
      >
        {t('sending:cancel')}
      </Button>
    </>
  )
}

function LaterActions({ actions, onPick }: { actions: DeliveryActions; onPick: () => void }) {
  const { t } = useTranslation()
  return (
    <>
      <Button variant="default" disabled={actions.busy} onClick={onPick}>
        {t('sending:change')}
      </Button>
      <Button
        variant="default"
        disabled={actions.busy}
        loading={actions.running === 'sendNow'}
        onClick={() => actions.run('sendNow')}
      >
        {t('sending:sendNow')}
      </Button>
      <Menu position="bottom-end" width={290}>
        <Menu.Target>
          <ActionIcon aria-label={t('sending:more')} disabled={actions.busy}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Icon name="pencil" />} onClick={actions.undo}>
            {t('sending:toDraft')}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="close" />} onClick={() => actions.run('cancel')}>
            {t('sending:cancelKept')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
