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
  /** `short` shows day and hour instead of the age. */
  form?: 'relative' | 'short'
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
      {form === 'short' ? shortTime(time, now, style) : relativeText(time)}
    </time>
  )

  function relativeText(value: number): string {
    const relative = relativeTime(value, now, style)
    if (relative.unit === 'date') return relative.text
    if (relative.unit === 'now') return t('common:time.now')
    return t(`common:time.${relative.unit}`, { count: relative.count })
  }
}
