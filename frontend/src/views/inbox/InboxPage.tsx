import { getRouteApi, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../components/EmptyState'
import { ErrorBoundary } from '../../components/ErrorBoundary'
import { LoadProblem } from '../../components/LoadProblem'
import { setOpenList } from '../../services/openList'
import { usePreference } from '../../services/preferences'
import { EmptyInbox } from './EmptyInbox'
import { FilterBar } from './FilterBar'
import classes from './InboxPage.module.css'
import { type InboxSearch, type InboxView, isInboxView, ticketQuery } from './inboxQuery'
import { RowPickers } from './RowPickers'
import { ListSkeleton, TicketList } from './TicketList'
import { useListCommands } from './useListCommands'
import { useTicketList } from './useTicketList'

const route = getRouteApi('/desk/inbox/$view')
const SCROLLED_PX = 12

export function InboxPage() {
  const { view: name } = route.useParams()
  const view: InboxView = isInboxView(name) ? name : 'open'
  const search = route.useSearch()
  const key = JSON.stringify([view, search])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that matters
  const query = useMemo(() => ticketQuery(view, search), [key])
  const { ticketId } = useParams({ strict: false })
  const navigate = useNavigate()
  const { t } = useTranslation()
  const [mode, setMode] = usePreference('inboxMode')
  const scroller = useRef<HTMLDivElement>(null)
  const pointer = useRef(false)
  const [current, setCurrent] = useState(-1)

  const isBusy = useCallback(
    () => pointer.current || (scroller.current?.scrollTop ?? 0) > SCROLLED_PX,
    [],
  )
  const { list, rows, fresh, showFresh } = useTicketList(query, isBusy)
  useEffect(
    () =>
      setOpenList(
        rows.map((row) => row.id),
        list.hasNextPage,
      ),
    [rows, list.hasNextPage],
  )

  // Another list starts at its top; the open ticket, if any, is where the keyboard stands.
  useEffect(() => {
    if (ticketId) setCurrent(rows.findIndex((row) => row.id === ticketId))
  }, [ticketId, rows])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the list is another one
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
    if (!ticketId) setCurrent(-1)
  }, [key])

  const picking = useListCommands({
    view,
    rows,
    current,
    setCurrent,
    openId: ticketId,
    split: mode === 'split',
  })
  const change = (next: InboxSearch) =>
    void navigate({ to: '/inbox/$view', params: { view }, search: { ...search, ...next } })
  const { fetchNextPage, isFetchingNextPage } = list
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, isFetchingNextPage])
  const title = t(`shell:view.${view}`)

  if (mode === 'table' && ticketId) return <Outlet />
  return (
    <div className={classes.inbox} data-mode={mode}>
      <section className={classes.side} aria-label={title}>
        <FilterBar
          title={title}
          view={view}
          search={search}
          onSearch={change}
          mode={mode}
          onMode={setMode}
        />
        {list.isPending && <ListSkeleton />}
        {list.isError && <LoadProblem error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && (
          <EmptyInbox
            view={view}
            search={search}
            onClear={() => void navigate({ to: '/inbox/$view', params: { view }, search: {} })}
          />
        )}
        {rows.length > 0 && (
          <TicketList
            mode={mode}
            label={title}
            rows={rows}
            view={view}
            openId={ticketId}
            current={current}
            onCurrent={setCurrent}
            hasMore={list.hasNextPage}
            onMore={loadMore}
            fresh={fresh}
            onFresh={() => {
              scroller.current?.scrollTo({ top: 0 })
              void showFresh()
            }}
            onPointer={(inside) => {
              pointer.current = inside
              if (!inside && fresh > 0 && !isBusy()) void showFresh()
            }}
            scroller={scroller}
          />
        )}
      </section>
      {mode === 'split' && (
        <section className={classes.pane} aria-label={t('inbox:readingPane')}>
          <ErrorBoundary key={ticketId}>
            <Outlet />
          </ErrorBoundary>
          {!ticketId && rows.length > 0 && (
            <div className={classes.hint}>
              <EmptyState icon="inbox" title={t('inbox:pickOne')} text={t('inbox:pickOneText')} />
            </div>
          )}
        </section>
      )}
      <RowPickers {...picking} />
    </div>
  )
}
