import { createContext, useContext } from 'react'
import { useTranslation } from 'react-i18next'
import { useNow } from './clock'
import { fullTime, relativeTime, shortTime, type TimeStyle } from './relativeTime'

/** The reader's time zone; undefined means the computer's own. */
export const TimeZoneContext = createContext<string | undefined>(undefined)

export function useTimeStyle(): TimeStyle {
  const { i18n } = useTranslation()
  return { language: i18n.language, timeZone: useContext(TimeZoneContext) }
}

interface TimeTextProps {
  at: string
  /** `short` shows day and hour instead of the age; `ago` says the age inside a sentence. */
  form?: 'relative' | 'short' | 'ago'
  className?: string
}

export function TimeText({ at, form = 'relative', className }: TimeTextProps) {
  const { t } = useTranslation()
  const now = useNow()
  const style = useTimeStyle()
  const time = Date.parse(at)
  if (Number.isNaN(time)) return null
  return (
    <time dateTime={at} title={fullTime(time, style)} className={className}>
      {form === 'short' ? shortTime(time, now, style) : relativeText(time, form)}
    </time>
  )

  function relativeText(value: number, words: 'relative' | 'ago'): string {
    const relative = relativeTime(value, now, style)
    const group = words === 'ago' ? 'ago' : 'time'
    if (relative.unit === 'date')
      return words === 'ago' ? t('common:ago.date', { date: relative.text }) : relative.text
    if (relative.unit === 'now') return t(`common:${group}.now`)
    return t(`common:${group}.${relative.unit}`, { count: relative.count })
  }
}
