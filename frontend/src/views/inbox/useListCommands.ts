import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCommand } from '../../components/useCommand'
import { firstOf } from '../../services/statuses'
import type { TicketRow } from '../../services/types'
import { useMay } from '../../services/useSession'
import { useStatuses } from '../../services/useTicketOptions'
import { useRowChange } from './useRowChange'

export type Picking = 'assignee' | 'priority' | null

interface ListState {
  view: string
  rows: TicketRow[]
  current: number
  setCurrent: (index: number) => void
  openId: string | undefined
  split: boolean
}

/** The row's link, once the virtual list has drawn it. */
function focusRow(id: string): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(`[data-ticket="${id}"]`)?.focus({ preventScroll: true })
  })
}

/** j, k, Enter and the changes that a row takes without being opened. */
export function useListCommands({ view, rows, current, setCurrent, openId, split }: ListState) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [picking, setPicking] = useState<Picking>(null)
  const statuses = useStatuses()
  const canWrite = useMay('ticket.write')
  const change = useRowChange()
  const row = rows[current]
  const group = t('common:group.list')
  const closed = openId === undefined
  const onRow = canWrite && closed && row !== undefined

  const open = (id: string, replace = false) =>
    void navigate({
      to: '/inbox/$view/$ticketId',
      params: { view, ticketId: id },
      search: (search) => search,
      replace,
    })
  const move = (step: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, current + step))
    const target = rows[next]
    if (!target) return
    setCurrent(next)
    focusRow(target.id)
    if (openId && split) open(target.id, true)
  }
  const visible = split || closed
  useCommand(
    {
      id: 'list-next',
      label: t('inbox:command.next'),
      group,
      keys: 'j',
      barHidden: true,
      run: () => move(1),
    },
    visible,
  )
  useCommand(
    {
      id: 'list-previous',
      label: t('inbox:command.previous'),
      group,
      keys: 'k',
      barHidden: true,
      run: () => move(-1),
    },
    visible,
  )
  useCommand(
    {
      id: 'list-open',
      label: t('inbox:command.open'),
      group,
      keys: 'Enter',
      barHidden: true,
      run: () => row && open(row.id),
    },
    closed && row !== undefined,
  )
  useCommand(
    {
      id: 'row-assign',
      label: t('inbox:command.assign'),
      group,
      keys: 'a',
      run: () => setPicking('assignee'),
    },
    onRow,
  )
  useCommand(
    {
      id: 'row-priority',
      label: t('inbox:command.priority'),
      group,
      keys: 'p',
      run: () => setPicking('priority'),
    },
    onRow,
  )
  useCommand(
    {
      id: 'row-resolve',
      label: t('inbox:command.resolve'),
      group,
      keys: 'e',
      run: () => {
        const resolved = firstOf(statuses, 'resolved')
        if (row && resolved) change({ id: row.id, change: { status: resolved.slug } })
      },
    },
    onRow,
  )
  useFocusReturn(openId)
  return { row, picking, onClose: () => setPicking(null), change }
}

/** After a ticket is closed the keyboard stands on the row it came from. */
function useFocusReturn(openId: string | undefined): void {
  const last = useRef(openId)
  useEffect(() => {
    if (last.current && !openId) focusRow(last.current)
    last.current = openId
  }, [openId])
}
