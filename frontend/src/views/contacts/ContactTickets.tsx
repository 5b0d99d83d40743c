import { Button, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import classes from '../../components/PageFrame.module.css'
import { StatusMark } from '../../components/StatusMark'
import { TimeText } from '../../components/TimeText'
import { statusName } from '../../services/statuses'
import { ticketListOptions } from '../../services/tickets'
import { usePages } from '../../services/usePages'
import { useStatuses } from '../../services/useTicketOptions'
import own from './contacts.module.css'

export function ContactTickets({ contact }: { contact: string }) {
  const { t, i18n } = useTranslation()
  const list = useInfiniteQuery(ticketListOptions({ contact, ordering: '-last_activity' }))
  const rows = usePages(list)
  const statuses = useStatuses()
  if (list.isPending) return <Skeleton height={120} />
  if (rows.length === 0) return <p className={classes.help}>{t('contacts:noTickets')}</p>
  return (
    <>
      {rows.map((row) => (
        <Link
          key={row.id}
          to="/tickets/$ticketId"
          params={{ ticketId: row.id }}
          className={own.ticket}
        >
          <StatusMark
            category={row.status_category}
            name={statusName(
              statuses.find((one) => one.slug === row.status),
              i18n.language,
            )}
            iconOnly
          />
          <span className={own.ticketNumber}>#{row.number}</span>
          <span className={own.ticketSubject}>{row.subject}</span>
          <TimeText at={row.last_activity_at} className={own.ticketTime} />
        </Link>
      ))}
      {list.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('common:loadMore')}
          </Button>
        </div>
      )}
    </>
  )
}
