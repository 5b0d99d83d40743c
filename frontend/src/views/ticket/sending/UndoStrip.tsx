import { Button, Kbd } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useCommand } from '../../../components/useCommand'
import { useSecondsLeft } from '../../../components/useSecondsLeft'
import { onThisClock } from '../../../services/serverClock'
import { ticketKeys } from '../../../services/tickets'
import type { Delivery, Message, TicketDetail } from '../../../services/types'
import { QueuedStrip } from './QueuedStrip'
import { Strip } from './Strip'
import classes from './sending.module.css'
import type { DeliveryActions } from './useDeliveryActions'

/** When nobody told us that it left, we ask. */
const ASK_AFTER_MS = 2_500

interface UndoStripProps {
  message: Message
  ticket: TicketDetail
  delivery: Delivery
  leavesAt: string
  actions: DeliveryActions
  mayUndo: boolean
  mayAct: boolean
}

/** A reply that leaves in some seconds and can be taken back until then. */
export function UndoStrip(props: UndoStripProps) {
  const { message, ticket, leavesAt, actions, mayUndo } = props
  const { t } = useTranslation()
  const until = onThisClock(leavesAt)
  const seconds = useSecondsLeft(until)
  const offered = mayUndo && seconds > 0
  useUndoKeys(message, offered && !actions.busy, actions.undo)
  useAskWhenLeft(ticket.id, seconds === 0)
  if (seconds === 0) {
    const leaving = <Strip icon="send">{t('sending:leavingNow')}</Strip>
    return <QueuedStrip {...props} otherwise={leaving} />
  }
  return (
    <div className={classes.countdown}>
      <Strip
        icon="clock"
        actions={
          mayUndo && (
            <>
              <Button
                variant="subtle"
                color="gray"
                disabled={actions.busy}
                loading={actions.running === 'sendNow'}
                onClick={() => actions.run('sendNow')}
              >
                {t('sending:sendNow')}
              </Button>
              <Button
                variant="default"
                disabled={actions.busy && !actions.undoing}
                loading={actions.undoing}
                onClick={actions.undo}
                rightSection={<Kbd size="xs">Z</Kbd>}
              >
                {t('common:undo')}
              </Button>
            </>
          )
        }
      >
        <span role="timer" className={classes.timer}>
          {t('sending:leavesIn', { count: seconds })}
        </span>
      </Strip>
      <Drain until={until} from={Date.parse(message.created_at)} leavesAt={leavesAt} />
    </div>
  )
}

interface DrainProps {
  until: number
  from: number
  leavesAt: string
}

/** A line that runs empty with the time left. */
function Drain({ until, from, leavesAt }: DrainProps) {
  const whole = Math.max(1_000, Date.parse(leavesAt) - from)
  const gone = Math.max(0, whole - (until - Date.now()))
  return (
    <span
      className={classes.drain}
      style={{ animationDuration: `${whole}ms`, animationDelay: `-${gone}ms` }}
      key={leavesAt}
      aria-hidden="true"
    />
  )
}

function useUndoKeys(message: Message, enabled: boolean, run: () => void): void {
  const { t } = useTranslation()
  const group = t('common:group.compose')
  const label = t('sending:undoTo', { address: message.to[0]?.address ?? '' })
  const id = `undo-send-${message.id}`
  useCommand({ id, label, group, keys: 'z', run }, enabled)
  useCommand({ id: `${id}-mod`, label, group, keys: 'mod+z', barHidden: true, run }, enabled)
}

function useAskWhenLeft(ticket: string, left: boolean): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!left) return
    const ask = () => void client.invalidateQueries({ queryKey: ticketKeys.detail(ticket) })
    const timer = setInterval(ask, ASK_AFTER_MS)
    return () => clearInterval(timer)
  }, [left, client, ticket])
}
