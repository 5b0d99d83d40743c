import type { TimeStyle } from '../../../components/relativeTime'
import type { Invite } from '../../../services/types'

const DAY_MS = 86_400_000

/**
 * When a meeting is, in the reader's language and time zone. Whole days have no zone (RFC 5545
 * 3.3.4) and their end is the day after; floating times are shown as written. Null when unreadable.
 */
export function inviteTime(
  { start, end, all_day, floating }: Pick<Invite, 'start' | 'end' | 'all_day' | 'floating'>,
  { language, timeZone }: TimeStyle,
): string | null {
  const from = start === null ? Number.NaN : Date.parse(start)
  if (Number.isNaN(from)) return null
  const given = end === null ? Number.NaN : Date.parse(end)
  const until = Number.isNaN(given) ? from : all_day ? given - DAY_MS : given
  const zone = all_day || floating ? 'UTC' : timeZone
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(all_day ? {} : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    ...(all_day || floating ? {} : { timeZoneName: 'short' }),
    timeZone: zone,
  })
  return until > from ? format.formatRange(from, until) : format.format(from)
}
