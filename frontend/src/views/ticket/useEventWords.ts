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

  const valueWords = (field: string, value: unknown): string => {
    if (value === null || value === undefined || value === '') return t('ticket:event.nothing')
    if (Array.isArray(value)) return value.join(', ') || t('ticket:event.nothing')
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

  return (event) => {
    const { field, old, new: value } = event.data
    if (event.kind !== 'changed' || !field || !KNOWN_FIELDS.has(field)) {
      return t(`ticket:event.kind.${event.kind}`, { defaultValue: event.kind })
    }
    return t('ticket:event.changed', {
      field: t(`common:field.${field}`),
      old: valueWords(field, old),
      value: valueWords(field, value),
    })
  }
}

/** Who did it: a person, or the desk itself. */
export function useActorName(): (event: TicketEvent) => string {
  const { t } = useTranslation()
  return (event) => event.actor?.name ?? t('ticket:event.desk')
}
