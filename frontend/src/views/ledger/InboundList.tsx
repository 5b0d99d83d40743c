import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { ListFooter } from '../../components/ListFooter'
import { LoadProblem } from '../../components/LoadProblem'
import classes from '../../components/PageFrame.module.css'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { type InboundFilter, inboundOptions } from '../../services/ledger'
import { usePages } from '../../services/usePages'
import { FateSign } from './Fate'
import { InboundDrawer } from './InboundDrawer'
import own from './ledger.module.css'
import { TicketLink } from './TicketLink'

interface ListProps {
  filter: InboundFilter
  openId: string | undefined
  onOpen: (id: string | undefined) => void
  onClear: () => void
}

export function InboundList({ filter, openId, onOpen, onClear }: ListProps) {
  const { t } = useTranslation()
  const { fate, state, mailbox, search } = filter
  const list = useInfiniteQuery(inboundOptions({ fate, state, mailbox, search }))
  const rows = usePages(list)
  if (list.isPending) return <TableSkeleton />
  if (list.isError) return <LoadProblem error={list.error} onRetry={() => void list.refetch()} />
  if (rows.length === 0) {
    const filtered = Boolean(fate || state || mailbox || search)
    return (
      <>
        <EmptyState
          icon="ledger"
          title={t(filtered ? 'ledger:noneFound' : 'ledger:noneIn')}
          text={filtered ? undefined : t('ledger:noneInText')}
        >
          {filtered && (
            <Button variant="default" onClick={onClear}>
              {t('inbox:clearFilters')}
            </Button>
          )}
        </EmptyState>
        <InboundDrawer id={openId} onClose={() => onOpen(undefined)} />
      </>
    )
  }
  return (
    <>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('ledger:fateColumn')}</th>
            <th>{t('ledger:from')}</th>
            <th>{t('common:field.subject')}</th>
            <th>{t('ledger:ticket')}</th>
            <th>{t('common:field.mailbox')}</th>
            <th>{t('ledger:storedAt')}</th>
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
                <FateSign fate={row.fate} state={row.state} />
              </td>
              <td title={row.from_address}>{row.from_address}</td>
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
                <TimeText at={row.stored_at} />
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
      <InboundDrawer id={openId} onClose={() => onOpen(undefined)} />
    </>
  )
}
