import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { ticketKeys } from '../../services/tickets'
import type { TicketDetail } from '../../services/types'
import classes from './TicketPage.module.css'
import type { TicketActions } from './useTicketActions'

interface TicketBannerProps {
  ticket: TicketDetail
  actions: TicketActions
}

function Banner({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className={classes.banner} role="alert">
      <Icon name="alert" />
      <span className={classes.bannerText}>{text}</span>
      {children}
    </div>
  )
}

/** At most one banner, the most useful first. */
export function TicketBanner({ ticket, actions }: TicketBannerProps) {
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
  return null
}
