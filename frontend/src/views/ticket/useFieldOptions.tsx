import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import type { Option } from '../../components/option'
import { PriorityMark } from '../../components/PriorityMark'
import { StatusMark } from '../../components/StatusMark'
import { statusName } from '../../services/statuses'
import type { Priority } from '../../services/types'
import { useMe } from '../../services/useSession'
import { useAgents, useStatuses } from '../../services/useTicketOptions'

const PRIORITIES: Priority[] = ['urgent', 'high', 'normal', 'low']

/** What status, priority and owner can be set to; I come first among the owners. */
export function useFieldOptions(): Record<'status' | 'priority' | 'assignee', Option[]> {
  const { t, i18n } = useTranslation()
  const me = useMe()
  const agents = [...useAgents()].sort(
    (one, other) => Number(other.id === me.id) - Number(one.id === me.id),
  )
  return {
    status: useStatuses().map((status) => ({
      value: status.slug,
      label: statusName(status, i18n.language),
      mark: <StatusMark category={status.category} name="" iconOnly />,
    })),
    priority: PRIORITIES.map((priority) => ({
      value: priority,
      label: t(`common:priority.${priority}`),
      mark: <PriorityMark priority={priority} iconOnly />,
    })),
    assignee: [
      ...agents.map((user) => ({
        value: user.id,
        label: user.id === me.id ? t('ticket:meAs', { name: user.name }) : user.name,
        mark: <Avatar name={user.name} size={18} tone="agent" />,
      })),
      { value: '', label: t('ticket:nobody'), mark: <Avatar name="–" size={18} /> },
    ],
  }
}
