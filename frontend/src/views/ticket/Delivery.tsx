import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import { ledgerKeys, retryDelivery } from '../../services/ledger'
import { invalidateTicket } from '../../services/ticketCache'
import type { Delivery, DeliveryState } from '../../services/types'
import classes from './Thread.module.css'

const SIGN: Record<DeliveryState, { icon: IconName; tone?: 'ok' | 'warn' }> = {
  held: { icon: 'clock' },
  queued: { icon: 'clock' },
  sending: { icon: 'send' },
  sent: { icon: 'check', tone: 'ok' },
  deferred: { icon: 'clock', tone: 'warn' },
  failed: { icon: 'alert', tone: 'warn' },
  uncertain: { icon: 'alert', tone: 'warn' },
  cancelled: { icon: 'close' },
}

export function DeliverySign({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation()
  const { icon, tone } = SIGN[delivery.state]
  return (
    <span
      className={classes.delivery}
      data-tone={tone}
      data-delivery={delivery.state}
      title={t(`ticket:deliveryHelp.${delivery.state}`)}
    >
      <Icon name={icon} size={13} />
      {t(`ticket:delivery.${delivery.state}`)}
    </span>
  )
}

/** A read receipt came back: as much as mail programs ever tell (RFC 8098). */
export function ReadSign({ at }: { at: string }) {
  const { t } = useTranslation()
  return (
    <span className={classes.delivery} data-tone="ok" title={t('mail:readHelp')}>
      <Icon name="checkCircle" size={13} />
      {t('mail:readAt')} <TimeText at={at} form="short" />
    </span>
  )
}

/** What went wrong in the mail server's own words, and what can be done. */
export function DeliveryTrouble({ delivery, ticket }: { delivery: Delivery; ticket: string }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const retry = useMutation({
    mutationFn: () => retryDelivery(delivery.id),
    onSuccess: () => showToast(t('ticket:toast.retried')),
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ledgerKeys.all })
      return invalidateTicket(client, ticket)
    },
  })
  const { state } = delivery
  if (state !== 'failed' && state !== 'uncertain' && state !== 'deferred') return null
  const refused = delivery.recipients.filter((one) => one.state !== 'accepted' && one.text !== '')
  return (
    <div
      className={classes.trouble}
      data-tone={state === 'failed' ? undefined : 'warn'}
      role={state === 'failed' ? 'alert' : undefined}
    >
      <Icon name="alert" />
      <div className={classes.troubleText}>
        {t(`ticket:deliveryHelp.${state}`)}{' '}
        {state === 'deferred' && delivery.next_attempt_at && (
          <>
            {t('ticket:nextAttempt')} <TimeText at={delivery.next_attempt_at} form="short" />
          </>
        )}
        {refused.map((one) => (
          <code key={one.address} className={classes.smtp}>
            {one.address}: {one.code} {one.text}
          </code>
        ))}
        {refused.length === 0 && delivery.last_error && (
          <code className={classes.smtp}>{delivery.last_error}</code>
        )}
      </div>
      <Button
        variant="default"
        loading={retry.isPending}
        onClick={() => retry.mutate()}
        leftSection={<Icon name="refresh" />}
      >
        {t(state === 'uncertain' ? 'ticket:sendAgain' : 'ticket:retry')}
      </Button>
    </div>
  )
}
