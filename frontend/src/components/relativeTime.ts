export interface TimeStyle {
  language: string
  timeZone: string | undefined
}

export type Relative =
  | { unit: 'now' }
  | { unit: 'minutes'; count: number }
  | { unit: 'hours'; count: number }
  | { unit: 'date'; text: string }

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

function dayFormat(at: number, now: number, { language, timeZone }: TimeStyle): string {
  const year = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone })
  const sameYear = year.format(at) === year.format(now)
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    year: sameYear ? undefined : 'numeric',
    timeZone,
  })
    .format(at)
    .replace(/\sde\s/g, ' ')
    .replace(/\.(?=\s|$)/g, '')
}

/** Minutes and hours under one day, the date after that; a time ahead of us counts as now. */
export function relativeTime(at: number, now: number, style: TimeStyle): Relative {
  const age = now - at
  if (age < MINUTE) return { unit: 'now' }
  if (age < HOUR) return { unit: 'minutes', count: Math.floor(age / MINUTE) }
  if (age < DAY) return { unit: 'hours', count: Math.floor(age / HOUR) }
  return { unit: 'date', text: dayFormat(at, now, style) }
}

/** The whole local time with its weekday and zone, for tooltips. */
export function fullTime(at: number, { language, timeZone }: TimeStyle): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone,
  }).format(at)
}

/** Day and hour, as a message header shows them. */
export function shortTime(at: number, now: number, style: TimeStyle): string {
  const hour = new Intl.DateTimeFormat(style.language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: style.timeZone,
  }).format(at)
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone: style.timeZone })
  if (day.format(at) === day.format(now)) return hour
  return `${dayFormat(at, now, style)}, ${hour}`
}

/** A moment ahead as people say it: weekday, day and hour. */
export function momentText(at: number, now: number, style: TimeStyle): string {
  const weekday = new Intl.DateTimeFormat(style.language, {
    weekday: 'short',
    timeZone: style.timeZone,
  })
  const short = shortTime(at, now, style)
  // Only the hour: it is today.
  if (!short.includes(',')) return short
  return `${weekday.format(at).replace('.', '')}, ${short}`
}

/** A moment ahead in full: what is about to be promised must not be misread. */
export function momentInFull(at: number, { language, timeZone }: TimeStyle): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(at)
}

/** What people call the reader's time zone, such as "Horário Padrão de Brasília". */
export function zoneName(at: number, { language, timeZone }: TimeStyle): string {
  const parts = new Intl.DateTimeFormat(language, {
    timeZoneName: 'long',
    timeZone,
  }).formatToParts(at)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}
