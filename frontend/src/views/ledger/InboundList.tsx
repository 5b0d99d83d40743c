import { Anchor, Button, Drawer } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { fileSize } from '../../components/fileSize'
import { Icon } from '../../components/Icon'
import { ListFooter } from '../../components/ListFooter'
import { LoadProblem } from '../../components/LoadProblem'
import classes from '../../components/PageFrame.module.css'
import { problemWords } from '../../components/problemWords'
import { TableSkeleton } from '../../components/TableSkeleton'
import { TimeText } from '../../components/TimeText'
import { showToast } from '../../components/toasts'
import {
  downloadOriginal,
  type InboundFilter,
  inboundOptions,
  ledgerKeys,
  notSpam,
  reprocess,
} from '../../services/ledger'
import type { InboundRow } from '../../services/types'
import { usePages } from '../../services/usePages'
import { useMay } from '../../services/useSession'
import { DetailLine } from './DetailLine'
import { FateSign } from './Fate'
import own from './ledger.module.css'
import { reasonWords } from './reason'

interface ListProps {
  filter: InboundFilter
  openId: string | undefined
  onOpen: (id: string | undefined) => void
}

export function InboundList({ filter, openId, onOpen }: ListProps) {
  const { t } = useTranslation()
  const { fate, mailbox, search } = filter
  const list = useInfiniteQuery(inboundOptions({ fate, mailbox, search }))
  const rows = usePages(list)
  const opened = rows.find((row) => row.id === openId)
  if (list.isPending) return <TableSkeleton />
  if (list.isError) return <LoadProblem error={list.error} onRetry={() => void list.refetch()} />
  if (rows.length === 0) {
    const filtered = Boolean(fate || mailbox || search)
    return (
      <EmptyState
        icon="ledger"
        title={t(filtered ? 'ledger:noneFound' : 'ledger:noneIn')}
        text={filtered ? undefined : t('ledger:noneInText')}
      />
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
            <tr key={row.id} data-open={row.id === openId}>
              <td>
                <FateSign fate={row.fate} state={row.state} />
              </td>
              <td title={row.from_address}>{row.from_address}</td>
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
      <Drawer
        opened={opened !== undefined}
        onClose={() => onOpen(undefined)}
        position="right"
        size={520}
        title={opened?.subject || t('ledger:noSubject')}
        closeButtonProps={{ 'aria-label': t('common:close') }}
      >
        {opened && <InboundDetails row={opened} />}
      </Drawer>
    </>
  )
}

export function TicketLink({ ticket }: { ticket: { id: string; number: number } | null }) {
  if (!ticket) return null
  return (
    <Anchor
      component={Link}
      to="/tickets/$ticketId"
      params={{ ticketId: ticket.id } as never}
      size="xs"
    >
      #{ticket.number}
    </Anchor>
  )
}

function InboundDetails({ row }: { row: InboundRow }) {
  const { t, i18n } = useTranslation()
  const client = useQueryClient()
  const mayChange = useMay('ledger.write')
  const problem = (error: Error) =>
    showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
      tone: 'problem',
    })
  const again = useMutation({
    mutationFn: () => reprocess(row.id),
    onSuccess: () => showToast(t('ledger:reprocessed')),
    onError: problem,
    onSettled: () => client.invalidateQueries({ queryKey: ledgerKeys.all }),
  })
  const release = useMutation({
    mutationFn: () => notSpam(row.id),
    onSuccess: () => showToast(t('ledger:released')),
    onError: problem,
    onSettled: () => client.invalidateQueries({ queryKey: ledgerKeys.all }),
  })
  const reason = reasonWords(row.reason)
  const original = useMutation({ mutationFn: () => downloadOriginal(row.id), onError: problem })
  return (
    <>
      <dl className={own.details}>
        <DetailLine label={t('ledger:fateColumn')}>
          <FateSign fate={row.fate} state={row.state} />
        </DetailLine>
        <DetailLine label={t('ledger:reason')}>
          {reason ? t(`ledger:reasons.${reason.key}`, reason.values) : row.reason}
        </DetailLine>
        <DetailLine label={t('ledger:from')}>{row.from_address}</DetailLine>
        <DetailLine label={t('ledger:ticket')}>
          {row.ticket && <TicketLink ticket={row.ticket} />}
        </DetailLine>
        <DetailLine label={t('common:field.mailbox')}>{row.mailbox.name}</DetailLine>
        <DetailLine label={t('ledger:received')}>
          {row.internal_date && <TimeText at={row.internal_date} form="short" />}
        </DetailLine>
        <DetailLine label={t('ledger:storedAt')}>
          <TimeText at={row.stored_at} form="short" />
        </DetailLine>
        <DetailLine label={t('ledger:processedAt')}>
          {row.processed_at && <TimeText at={row.processed_at} form="short" />}
        </DetailLine>
        <DetailLine label={t('ledger:size')}>{fileSize(row.size, i18n.language)}</DetailLine>
        <DetailLine label={t('ledger:uid')}>{row.uid}</DetailLine>
        <DetailLine label={t('ledger:tries')}>{row.tries}</DetailLine>
        <DetailLine label={t('ledger:messageId')}>{row.message_id}</DetailLine>
        <DetailLine label={t('ledger:error')}>
          {row.error && <code className={own.code}>{row.error}</code>}
        </DetailLine>
      </dl>
      <div className={own.actions}>
        <Button
          variant="default"
          loading={original.isPending}
          leftSection={<Icon name="download" />}
          onClick={() => original.mutate()}
        >
          {t('ledger:original')}
        </Button>
        {mayChange && row.fate === 'spam' && (
          <Button
            loading={release.isPending}
            leftSection={<Icon name="undo" />}
            onClick={() => release.mutate()}
          >
            {t('ledger:notSpam')}
          </Button>
        )}
        {mayChange && row.state === 'quarantined' && (
          <Button
            loading={again.isPending}
            leftSection={<Icon name="refresh" />}
            onClick={() => again.mutate()}
          >
            {t('ledger:reprocess')}
          </Button>
        )}
      </div>
    </>
  )
}
