import { Button, Drawer } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { Icon } from '../../components/Icon'
import { ListFooter } from '../../components/ListFooter'
import { LoadProblem } from '../../components/LoadProblem'
import classes from '../../components/PageFrame.module.css'
import { problemWords } from '../../components/problemWords'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import {
  ledgerKeys,
  type OutboundFilter,
  outboundOptions,
  retryDelivery,
} from '../../services/ledger'
import type { OutboundRow } from '../../services/types'
import { usePages } from '../../services/usePages'
import { useMay } from '../../services/useSession'
import { DetailLine } from './DetailLine'
import { DeliveryStateSign } from './Fate'
import { TicketLink } from './InboundList'
import own from './ledger.module.css'

interface ListProps {
  filter: OutboundFilter
  openId: string | undefined
  onOpen: (id: string | undefined) => void
}

export function OutboundList({ filter, openId, onOpen }: ListProps) {
  const { t } = useTranslation()
  const { state, mailbox, search } = filter
  const list = useInfiniteQuery(outboundOptions({ state, mailbox, search }))
  const rows = usePages(list)
  const opened = rows.find((row) => row.id === openId)
  if (list.isPending) return <TableSkeleton />
  if (list.isError) return <LoadProblem error={list.error} onRetry={() => void list.refetch()} />
  if (rows.length === 0) {
    const filtered = Boolean(state || mailbox || search)
    return (
      <EmptyState
        icon="send"
        title={t(filtered ? 'ledger:noneFound' : 'ledger:noneOut')}
        text={filtered ? undefined : t('ledger:noneOutText')}
      />
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
            <tr key={row.id} data-open={row.id === openId}>
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
                <button type="button" className={classes.rowLink} onClick={() => onOpen(row.id)}>
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
      <Drawer
        opened={opened !== undefined}
        onClose={() => onOpen(undefined)}
        position="right"
        size={520}
        title={opened?.subject || t('ledger:noSubject')}
        closeButtonProps={{ 'aria-label': t('common:close') }}
      >
        {opened && <OutboundDetails row={opened} />}
      </Drawer>
    </>
  )
}

const RETRYABLE = new Set(['failed', 'uncertain', 'deferred'])

function OutboundDetails({ row }: { row: OutboundRow }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const mayChange = useMay('ledger.write')
  const retry = useMutation({
    mutationFn: () => retryDelivery(row.id),
    onSuccess: () => showToast(t('ledger:retried')),
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ledgerKeys.all }),
  })
  return (
    <>
      <dl className={own.details}>
        <DetailLine label={t('ledger:stateColumn')}>
          <DeliveryStateSign state={row.state} />
        </DetailLine>
        <DetailLine label={t('ledger:kind')}>
          {t(`ledger:kinds.${row.kind}`, { defaultValue: row.kind })}
        </DetailLine>
        <DetailLine label={t('ledger:ticket')}>
          {row.ticket && <TicketLink ticket={row.ticket} />}
        </DetailLine>
        <DetailLine label={t('common:field.mailbox')}>{row.mailbox.name}</DetailLine>
        <DetailLine label={t('ledger:createdAt')}>
          <TimeText at={row.created_at} form="short" />
        </DetailLine>
        <DetailLine label={t('ledger:sentAt')}>
          {row.sent_at && <TimeText at={row.sent_at} form="short" />}
        </DetailLine>
        <DetailLine label={t('ledger:nextAttempt')}>
          {row.next_attempt_at && row.state === 'deferred' && (
            <TimeText at={row.next_attempt_at} form="short" />
          )}
        </DetailLine>
        <DetailLine label={t('ledger:tries')}>{row.tries}</DetailLine>
        <DetailLine label={t('ledger:messageId')}>{row.message_id}</DetailLine>
        <DetailLine label={t('ledger:error')}>
          {row.last_error && <code className={own.code}>{row.last_error}</code>}
        </DetailLine>
      </dl>
      {row.recipients.map((one) => (
        <div key={`${one.kind} ${one.address}`} className={own.recipient}>
          {one.address}: {t(`ledger:recipient.${one.state}`, { defaultValue: one.state })}
          {one.text && (
            <code className={own.code}>
              {one.code} {one.text}
            </code>
          )}
        </div>
      ))}
      {mayChange && RETRYABLE.has(row.state) && (
        <div className={own.actions} style={{ marginTop: 16 }}>
          <Button
            loading={retry.isPending}
            leftSection={<Icon name="refresh" />}
            onClick={() => retry.mutate()}
          >
            {t('ledger:retry')}
          </Button>
        </div>
      )}
    </>
  )
}
