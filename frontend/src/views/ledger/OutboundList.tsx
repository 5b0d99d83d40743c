import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { ListFooter } from '../../components/ListFooter'
import { LoadProblem } from '../../components/LoadProblem'
import classes from '../../components/PageFrame.module.css'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { type OutboundFilter, outboundOptions } from '../../services/ledger'
import { usePages } from '../../services/usePages'
import { DeliveryStateSign } from './Fate'
import own from './ledger.module.css'
import { OutboundDrawer } from './OutboundDrawer'
import { TicketLink } from './TicketLink'

interface ListProps {
  filter: OutboundFilter
  openId: string | undefined
  onOpen: (id: string | undefined) => void
  onClear: () => void
}

export function OutboundList({ filter, openId, onOpen, onClear }: ListProps) {
  const { t } = useTranslation()
  const { state, mailbox, search } = filter
  const list = useInfiniteQuery(outboundOptions({ state, mailbox, search }))
  const rows = usePages(list)
  if (list.isPending) return <TableSkeleton />
  if (list.isError) return <LoadProblem error={list.error} onRetry={() => void list.refetch()} />
  if (rows.length === 0) {
    const filtered = Boolean(state || mailbox || search)
    return (
      <>
        <EmptyState
          icon="send"
          title={t(filtered ? 'ledger:noneFound' : 'ledger:noneOut')}
          text={filtered ? undefined : t('ledger:noneOutText')}
        >
          {filtered && (
            <Button variant="default" onClick={onClear}>
              {t('inbox:clearFilters')}
            </Button>
          )}
        </EmptyState>
        <OutboundDrawer id={openId} onClose={() => onOpen(undefined)} />
      </>
    )
  }
  return (
    <>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('ledger:stateColumn')}</th>
            <th>{t('ledger:to')}</th>
            <th>{t('common:field.subject')}</th>
            <th>{t('ledger:ticket')}</th>
            <th>{t('common:field.mailbox')}</th>
            <th>{t('ledger:createdAt')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            // The button in the row is the keyboard's way to the same.
            <tr
              key={row.id}
              className={own.row}
              data-open={row.id === openId}
              onClick={() => onOpen(row.id)}
            >
              <td>
                <DeliveryStateSign state={row.state} />
              </td>
              <td title={row.recipients.map((one) => one.address).join(', ')}>
                {row.recipients[0]?.address}
                {row.recipients.length > 1 && (
                  <span className={classes.faint}> +{row.recipients.length - 1}</span>
                )}
              </td>
              <td className={own.subject}>
                <button type="button" className={classes.rowLink}>
                  {row.subject || t('ledger:noSubject')}
                </button>
              </td>
              <td>
                <TicketLink ticket={row.ticket} />
              </td>
              <td>{row.mailbox.name}</td>
              <td>
                <TimeText at={row.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ListFooter
        hasMore={list.hasNextPage}
        busy={list.isFetchingNextPage}
        onMore={() => void list.fetchNextPage()}
      />
      <OutboundDrawer id={openId} onClose={() => onOpen(undefined)} />
    </>
  )
}
