import { Skeleton } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import type { TicketRow } from '../../services/types'
import classes from './TicketList.module.css'
import { TicketListRow } from './TicketListRow'
import { TicketTableHead, TicketTableRow } from './TicketTableRow'

export type ListMode = 'split' | 'table'

const ROW_HEIGHT: Record<ListMode, number> = { split: 76, table: 40 }
const LOAD_AHEAD = 10
const SKELETONS = ['1', '2', '3', '4', '5', '6', '7', '8']

interface TicketListProps {
  mode: ListMode
  rows: TicketRow[]
  view: string
  openId: string | undefined
  current: number
  onCurrent: (index: number) => void
  hasMore: boolean
  onMore: () => void
  fresh: number
  onFresh: () => void
  onPointer: (inside: boolean) => void
  scroller: RefObject<HTMLDivElement | null>
  label: string
}

/** Only the rows in sight exist in the page, however long the list is. */
export function TicketList(props: TicketListProps) {
  const { mode, rows, current, hasMore, onMore, scroller } = props
  const { t } = useTranslation()
  const table = mode === 'table'
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT[mode],
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - LOAD_AHEAD) onMore()
  }, [hasMore, lastShown, rows.length, onMore])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the other mode has other heights
  useEffect(() => virtual.measure(), [mode, virtual])

  const moved = useRef(current)
  useEffect(() => {
    if (moved.current === current) return
    moved.current = current
    if (current >= 0) virtual.scrollToIndex(current, { align: 'auto' })
  }, [current, virtual])

  const Row = table ? TicketTableRow : TicketListRow
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only tells that somebody aims
    <div
      className={`${classes.list} ${table ? classes.table : ''}`}
      role={table ? 'table' : 'group'}
      aria-label={props.label}
      aria-rowcount={table ? rows.length : undefined}
      onMouseEnter={() => props.onPointer(true)}
      onMouseLeave={() => props.onPointer(false)}
    >
      {table && <TicketTableHead />}
      {props.fresh > 0 && (
        <button type="button" className={classes.pill} onClick={props.onFresh}>
          <Icon name="arrowUp" size={14} />
          {t('inbox:fresh', { count: props.fresh })}
        </button>
      )}
      <div className={classes.scroll} ref={scroller} role={table ? 'rowgroup' : undefined}>
        <div
          className={classes.rows}
          role={table ? 'presentation' : undefined}
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <Row
                key={item.key}
                row={row}
                view={props.view}
                top={item.start}
                isOpen={row.id === props.openId}
                isCurrent={item.index === Math.max(0, current)}
                onFocus={() => props.onCurrent(item.index)}
              />
            )
          })}
        </div>
        {hasMore && (
          <div className={classes.more} role={table ? 'presentation' : undefined}>
            {t('common:loading')}
          </div>
        )}
      </div>
    </div>
  )
}

export function ListSkeleton() {
  const { t } = useTranslation()
  return (
    <div aria-busy="true" role="status" aria-label={t('common:loading')}>
      {SKELETONS.map((key) => (
        <div className={classes.skeleton} key={key}>
          <Skeleton circle height={32} />
          <div className={classes.skeletonLines}>
            <Skeleton height={10} width="45%" />
            <Skeleton height={10} width="80%" />
            <Skeleton height={10} width="65%" />
          </div>
        </div>
      ))}
    </div>
  )
}
