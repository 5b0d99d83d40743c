import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Picker } from '../../components/Picker'
import { PriorityMark } from '../../components/PriorityMark'
import { StatusMark } from '../../components/StatusMark'
import { statusName } from '../../services/statuses'
import type { Priority, TicketDetail } from '../../services/types'
import { useStatuses } from '../../services/useTicketOptions'
import { useFieldOptions } from './useFieldOptions'
import type { TicketActions } from './useTicketActions'

interface FieldPickerProps {
  ticket: TicketDetail
  actions: TicketActions
  disabled: boolean
}

export function StatusPicker({ ticket, actions, disabled }: FieldPickerProps) {
  const { t, i18n } = useTranslation()
  const status = useStatuses().find((entry) => entry.slug === ticket.status)
  const name = statusName(status, i18n.language)
  return (
    <Picker
      label={`${t('common:field.status')}: ${name}`}
      options={useFieldOptions().status}
      value={[ticket.status]}
      onChange={([value]) => actions.change({ status: value })}
      disabled={disabled}
    >
      <StatusMark category={ticket.status_category} name={name} />
    </Picker>
  )
}

export function PriorityPicker({ ticket, actions, disabled }: FieldPickerProps) {
  const { t } = useTranslation()
  return (
    <Picker
      label={`${t('common:field.priority')}: ${t(`common:priority.${ticket.priority}`)}`}
      options={useFieldOptions().priority}
      value={[ticket.priority]}
      onChange={([value]) => actions.change({ priority: value as Priority })}
      disabled={disabled}
    >
      <PriorityMark priority={ticket.priority} />
    </Picker>
  )
}

export function AssigneePicker({ ticket, actions, disabled }: FieldPickerProps) {
  const { t } = useTranslation()
  const name = ticket.assignee?.name ?? t('ticket:nobody')
  return (
    <Picker
      label={`${t('common:field.assignee')}: ${name}`}
      options={useFieldOptions().assignee}
      value={[ticket.assignee?.id ?? '']}
      onChange={([value]) => actions.change({ assignee: value || null })}
      disabled={disabled}
    >
      <Avatar
        name={ticket.assignee?.name ?? '–'}
        size={18}
        tone={ticket.assignee ? 'agent' : 'contact'}
      />
      {name}
    </Picker>
  )
}
