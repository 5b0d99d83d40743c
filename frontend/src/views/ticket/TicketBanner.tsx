import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import { ticketKeys } from '../../services/tickets'
import type { TicketDetail } from '../../services/types'
import classes from './TicketPage.module.css'
import type { TicketActions } from './useTicketActions'

interface TicketBannerProps {
  ticket: TicketDetail
  actions: TicketActions
  canWrite: boolean
}

interface BannerProps {
  text: string
  /** Something to know, not to worry about. */
  calm?: IconName
  children?: ReactNode
}

function Banner({ text, calm, children }: BannerProps) {
  return (
    <div
      className={classes.banner}
      data-calm={calm ? true : undefined}
      role={calm ? 'status' : 'alert'}
    >
      <Icon name={calm ?? 'alert'} />
      <span className={classes.bannerText}>{text}</span>
      {children}
    </div>
  )
}

/** At most one banner, the most useful first. */
export function TicketBanner({ ticket, actions, canWrite }: TicketBannerProps) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { conflict } = actions
  if (conflict) {
    const reload = () => {
      actions.closeConflict()
      void client.invalidateQueries({ queryKey: ticketKeys.detail(ticket.id) })
    }
    return (
      <Banner text={t('ticket:conflict.text')}>
        <Button variant="default" onClick={reload}>
          {t('ticket:conflict.reload')}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            actions.closeConflict()
            actions.change(conflict)
          }}
        >
          {t('ticket:conflict.apply')}
        </Button>
      </Banner>
    )
  }
  if (ticket.deleted_at) {
    return (
      <Banner text={t('ticket:deletedBanner')}>
        <Button variant="default" onClick={actions.restore}>
          {t('ticket:restore')}
        </Button>
      </Banner>
    )
  }
  if (ticket.merged_into) {
    return (
      <Banner text={t('ticket:mergedBanner', { number: ticket.merged_into.number })}>
        <Button
          component={Link}
          to="/tickets/$ticketId"
          params={{ ticketId: ticket.merged_into.id } as never}
          variant="default"
        >
          {t('ticket:openMerged')}
        </Button>
      </Banner>
    )
  }
  const waiting = ticket.messages.find(({ delivery }) => delivery?.hold === 'customer_wrote')
  if (waiting) {
    const name = ticket.contact.name || ticket.contact.address
    return (
      <Banner text={t('sending:wrote.banner', { name })}>
        <Button variant="default" onClick={() => showMessage(waiting.id)}>
          {t('sending:wrote.show')}
        </Button>
      </Banner>
    )
  }
  if (ticket.forwarded_by && isUnanswered(ticket)) {
    return (
      <Banner
        calm="forward"
        text={t('mail:forwardedBanner', {
          agent: ticket.forwarded_by.name || ticket.forwarded_by.address,
          name: ticket.contact.name || ticket.contact.address,
        })}
      >
        {canWrite && (
          <Button variant="default" onClick={actions.undoForward}>
            {t('mail:undoForward')}
          </Button>
        )}
      </Banner>
    )
  }
  if (ticket.continues) {
    return (
      <Banner calm="info" text={t('mail:continues', { number: ticket.continues.number })}>
        <Button
          component={Link}
          to="/tickets/$ticketId"
          params={{ ticketId: ticket.continues.id } as never}
          variant="default"
        >
          {t('ticket:openMerged')}
        </Button>
      </Banner>
    )
  }
  return null
}

function showMessage(id: string): void {
  const message = document.getElementById(`message-${id}`)
  message?.scrollIntoView({ block: 'center' })
  message?.focus()
}

/** After the first answer went to the customer nothing is left to take back. */
function isUnanswered({ messages }: TicketDetail): boolean {
  return !messages.some(({ direction, author }) => direction === 'out' && author !== null)
}
