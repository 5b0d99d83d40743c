import { useTranslation } from 'react-i18next'
import { PickDialog } from '../../components/PickDialog'
import type { Priority, TicketDetail } from '../../services/types'
import { useFieldOptions } from './useFieldOptions'
import type { TicketActions } from './useTicketActions'
import type { PickedField } from './useTicketCommands'

interface TicketPickersProps {
  ticket: TicketDetail
  actions: TicketActions
  picking: PickedField | null
  onPicked: () => void
}

/** The pickers that the keyboard opens. */
export function TicketPickers({ ticket, actions, picking, onPicked }: TicketPickersProps) {
  const { t } = useTranslation()
  const options = useFieldOptions()
  const values: Record<PickedField, string> = {
    status: ticket.status,
    priority: ticket.priority,
    assignee: ticket.assignee?.id ?? '',
  }
  const pick = (field: PickedField, value: string) => {
    if (value === values[field]) return
    if (field === 'status') actions.change({ status: value })
    else if (field === 'priority') actions.change({ priority: value as Priority })
    else actions.change({ assignee: value || null })
  }
  const fields: PickedField[] = ['status', 'priority', 'assignee']
  return fields.map((field) => (
    <PickDialog
      key={field}
      opened={picking === field}
      title={t(`common:field.${field}`)}
      options={options[field]}
      value={values[field]}
      onPick={(value) => pick(field, value)}
      onClose={onPicked}
    />
  ))
}
