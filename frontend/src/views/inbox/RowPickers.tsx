import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { PickDialog } from '../../components/PickDialog'
import { PriorityMark } from '../../components/PriorityMark'
import type { Priority, TicketRow } from '../../services/types'
import type { ChangeRequest } from '../../services/useChangeTicket'
import { useMe } from '../../services/useSession'
import { useAgents } from '../../services/useTicketOptions'
import type { Picking } from './useListCommands'

const PRIORITIES: Priority[] = ['urgent', 'high', 'normal', 'low']

interface RowPickersProps {
  row: TicketRow | undefined
  picking: Picking
  onClose: () => void
  change: (request: ChangeRequest) => void
}

export function RowPickers({ row, picking, onClose, change }: RowPickersProps) {
  const { t } = useTranslation()
  const agents = useAgents()
  const me = useMe()
  if (!row) return null
  const people = [...agents].sort(
    (one, other) => Number(other.id === me.id) - Number(one.id === me.id),
  )
  return (
    <>
      <PickDialog
        opened={picking === 'assignee'}
        title={t('inbox:command.assign')}
        value={row.assignee?.id ?? ''}
        options={[
          ...people.map((user) => ({
            value: user.id,
            label: user.name,
            mark: <Avatar name={user.name} size={20} tone="agent" />,
          })),
          { value: '', label: t('inbox:filter.nobody') },
        ]}
        onPick={(value) => change({ id: row.id, change: { assignee: value || null } })}
        onClose={onClose}
      />
      <PickDialog
        opened={picking === 'priority'}
        title={t('inbox:command.priority')}
        value={row.priority}
        options={PRIORITIES.map((priority) => ({
          value: priority,
          label: t(`common:priority.${priority}`),
          mark: <PriorityMark priority={priority} iconOnly />,
        }))}
        onPick={(value) => change({ id: row.id, change: { priority: value as Priority } })}
        onClose={onClose}
      />
    </>
  )
}
