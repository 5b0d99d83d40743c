import { useTranslation } from 'react-i18next'
import { statusName } from '../../services/statuses'
import type { Named, TicketEvent } from '../../services/types'
import { useEverybody, useStatuses } from '../../services/useTicketOptions'

const KNOWN_FIELDS = new Set([
  'subject',
  'status',
  'priority',
  'assignee',
  'team',
  'tags',
  'category',
])

/** A change of the ticket as a sentence without its actor. */
export function useEventWords(known: (Named | null)[]): (event: TicketEvent) => string {
  const { t, i18n } = useTranslation()
  const statuses = useStatuses()
  const people = useEverybody()

  const valueWords = (field: string, value: unknown, name?: string | null): string => {
    if (name) return name
    if (Array.isArray(value)) return value.join(', ')
    const text = String(value)
    if (field === 'status')
      return (
        statusName(
          statuses.find((one) => one.slug === text),
          i18n.language,
        ) || text
      )
    if (field === 'priority') return t(`common:priority.${text}`, { defaultValue: text })
    if (field === 'assignee')
      return (
        [...people, ...known].find((one) => one?.id === text)?.name ?? t('ticket:event.somebody')
      )
    return text
  }

  const changeWords = (data: TicketEvent['data']): string | null => {
    const { field } = data
    if (!field || !KNOWN_FIELDS.has(field)) return null
    const [from, to] = [isNothing(data.old), isNothing(data.new)]
    return t(`ticket:event.${from ? 'set' : to ? 'cleared' : 'changed'}`, {
      field: t(`ticket:event.field.${field}`),
      old: from ? '' : valueWords(field, data.old, data.old_name),
      value: to ? '' : valueWords(field, data.new, data.new_name),
    })
  }

  return (event) => {
    const change = changeWords(event.data)
    if (event.kind === 'changed' && change) return change
    const happened = t(`ticket:event.kind.${event.kind}`, { defaultValue: event.kind })
    // A message can change the status too, such as an answer that opens the ticket again.
    return change ? t('ticket:event.and', { happened, change }) : happened
  }
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || String(value) === ''
}

/** Who did it: a person, or the desk itself. */
export function useActorName(): (event: TicketEvent) => string {
  const { t } = useTranslation()
  return (event) => event.actor?.name ?? t('ticket:event.desk')
}
