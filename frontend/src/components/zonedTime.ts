/** What clock and calendar of a place show; `month` counts from 1. */
export interface WallTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** The wall time of an instant (ms) in a time zone; undefined means the computer's own zone. */
export function wallTimeOf(at: number, timeZone: string | undefined): WallTime {
  const format = new Intl.DateTimeFormat('en', {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
    timeZone,
  })
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
  }
}

function asUtc({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute)
}

/**
 * The instant (ms) at which clocks of a zone show this. An hour that a change of clocks leaves out
 * becomes the hour after it; one that comes twice is the first.
 */
export function instantOf(wall: WallTime, timeZone: string | undefined): number {
  const wanted = asUtc(wall)
  const offsetAt = (at: number) =>
    asUtc(wallTimeOf(at, timeZone)) - Math.floor(at / MINUTE) * MINUTE
  const candidates = [offsetAt(wanted - DAY), offsetAt(wanted + DAY)].map(
    (offset) => wanted - offset,
  )
  const exact = candidates.filter((at) => asUtc(wallTimeOf(at, timeZone)) === wanted)
  return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates)
}

/** The same wall time some days later. */
export function daysLater(wall: WallTime, days: number): WallTime {
  const later = new Date(asUtc(wall) + days * DAY)
  return {
    ...wall,
    year: later.getUTCFullYear(),
    month: later.getUTCMonth() + 1,
    day: later.getUTCDate(),
  }
}

/** 0 is Sunday. */
export function weekdayOf(wall: WallTime): number {
  return new Date(asUtc(wall)).getUTCDay()
}

const two = (value: number) => String(value).padStart(2, '0')

/** As a date field writes it: "2026-11-24". */
export function dateText({ year, month, day }: WallTime): string {
  return `${year}-${two(month)}-${two(day)}`
}

/** As a time field writes it: "09:00". */
export function timeText({ hour, minute }: WallTime): string {
  return `${two(hour)}:${two(minute)}`
}

/** What a date field and a time field hold; null while one of them is not filled in. */
export function readWallTime(date: string, time: string): WallTime | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  const clock = /^(\d{2}):(\d{2})/.exec(time)
  if (!day || !clock) return null
  return {
    year: Number(day[1]),
    month: Number(day[2]),
    day: Number(day[3]),
    hour: Number(clock[1]),
    minute: Number(clock[2]),
  }
}
