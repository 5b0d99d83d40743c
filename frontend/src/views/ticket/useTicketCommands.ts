import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { showToast } from '../../components/toasts'
import { useCommand } from '../../components/useCommand'
import { firstOf } from '../../services/statuses'
import type { TicketDetail } from '../../services/types'
import { useStatuses } from '../../services/useTicketOptions'
import type { TicketActions } from './useTicketActions'

export type PickedField = 'status' | 'priority' | 'assignee'

/** The keys of an open ticket; those of the composer live with the composer. */
export function useTicketCommands(
  ticket: TicketDetail,
  actions: TicketActions,
  canWrite: boolean,
  togglePanel: () => void,
) {
  const { t } = useTranslation()
  const [picking, setPicking] = useState<PickedField | null>(null)
  const statuses = useStatuses()
  const group = t('common:group.ticket')
  const resolve = () => {
    const resolved = firstOf(statuses, 'resolved')
    if (resolved && ticket.status_category !== 'resolved') actions.change({ status: resolved.slug })
  }
  const copyNumber = () => {
    void navigator.clipboard.writeText(String(ticket.number))
    showToast(t('ticket:toast.copied', { number: ticket.number }))
  }
  useCommand(
    { id: 'ticket-resolve', label: t('ticket:command.resolve'), group, keys: 'e', run: resolve },
    canWrite,
  )
  useCommand(
    {
      id: 'ticket-assign',
      label: t('ticket:command.assign'),
      group,
      keys: 'a',
      run: () => setPicking('assignee'),
    },
    canWrite,
  )
  useCommand(
    {
      id: 'ticket-priority',
      label: t('ticket:command.priority'),
      group,
      keys: 'p',
      run: () => setPicking('priority'),
    },
    canWrite,
  )
  useCommand(
    {
      id: 'ticket-status',
      label: t('ticket:command.status'),
      group,
      keys: 's',
      run: () => setPicking('status'),
    },
    canWrite,
  )
  useCommand({
    id: 'ticket-copy',
    label: t('ticket:copyNumber'),
    group,
    keys: '.',
    run: copyNumber,
  })
  useCommand({
    id: 'ticket-panel',
    label: t('ticket:command.panel'),
    group,
    keys: 'd',
    run: togglePanel,
  })
  return { picking, onPicked: () => setPicking(null) }
}
