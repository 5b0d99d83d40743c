import type { TFunction } from 'i18next'

interface AlarmLike {
  kind: string
  mailbox: { name: string } | null
  data: Record<string, unknown>
}

/** One line that says what is wrong with which mailbox. */
export function alarmWords(alarm: AlarmLike, t: TFunction): string {
  const words = t(`health:alarm.${alarm.kind}`, { count: Number(alarm.data.count ?? 1) })
  return alarm.mailbox ? `${alarm.mailbox.name}: ${words}` : words
}
