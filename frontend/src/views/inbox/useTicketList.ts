import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { LiveEvent } from '../../services/eventStream'
import { useLiveEvents } from '../../services/live'
import { refreshRows } from '../../services/ticketCache'
import {
  fetchTickets,
  type TicketQuery,
  ticketKeys,
  ticketListOptions,
} from '../../services/tickets'
import type { TicketRow } from '../../services/types'

const GATHER_MS = 150
const LARGEST_PAGE = 200

function touchesTickets(event: LiveEvent): boolean {
  return event.kind.startsWith('ticket.') || event.kind.startsWith('delivery.')
}

/**
 * The rows of a list, kept up to date by live events. While `isBusy` says that somebody points at
 * the list or has scrolled, rows change in place only and new ones are counted in `fresh`.
 */
export function useTicketList(query: TicketQuery, isBusy: () => boolean) {
  const client = useQueryClient()
  const list = useInfiniteQuery(ticketListOptions(query))
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.results) ?? [], [list.data])
  const [fresh, setFresh] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const rowsNow = useRef<TicketRow[]>(rows)
  rowsNow.current = rows
  const { refetch } = list

  const look = useCallback(async () => {
    const shown = rowsNow.current
    if (!isBusy() || shown.length === 0) {
      setFresh(0)
      await refetch()
      return
    }
    const page = await fetchTickets(query, null, Math.min(LARGEST_PAGE, Math.max(50, shown.length)))
    refreshRows(client, ticketKeys.list(query), page.results)
    const known = new Set(shown.map((row) => row.id))
    setFresh(page.results.filter((row) => !known.has(row.id)).length)
  }, [client, query, isBusy, refetch])

  useLiveEvents(
    useCallback(
      (event: LiveEvent) => {
        if (!touchesTickets(event)) return
        clearTimeout(timer.current)
        timer.current = setTimeout(() => void look(), GATHER_MS)
      },
      [look],
    ),
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list starts without news
  useEffect(() => {
    setFresh(0)
    return () => clearTimeout(timer.current)
  }, [query])

  const showFresh = useCallback(async () => {
    setFresh(0)
    await refetch()
  }, [refetch])

  return { list, rows, fresh, showFresh }
}
