import type { WorkingHours } from '../../services/types'

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof DAYS)[number]
export const WORKDAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri']

/** A stretch of a day as two wall-clock times; "24:00" ends the day. */
export type Window = [string, string]

export const MOST_WINDOWS = 6
const FIRST: Window = ['09:00', '18:00']
const END_OF_DAY = '24:00'

export function windowsOf(hours: WorkingHours, day: Day): Window[] {
  return (hours[day] ?? []).map(([start = '', end = '']) => [start, end])
}

/** True when no day has hours: then somebody is always there. */
export function isAlwaysOpen(hours: WorkingHours): boolean {
  return DAYS.every((day) => windowsOf(hours, day).length === 0)
}

/** Opens a day like the day before it, or as most offices work. */
export function opened(hours: WorkingHours, day: Day): WorkingHours {
  const before = DAYS.slice(0, DAYS.indexOf(day)).reverse()
  const like = before.map((one) => windowsOf(hours, one)).find((windows) => windows.length > 0)
  return { ...hours, [day]: like ?? [FIRST] }
}

/** One more window after the last: an hour later, to the end of the usual day or of the day. */
export function withWindow(hours: WorkingHours, day: Day): WorkingHours {
  const windows = windowsOf(hours, day)
  const [, last = FIRST[0]] = windows.at(-1) ?? []
  const start = shifted(last, 1)
  const end = start < FIRST[1] ? FIRST[1] : END_OF_DAY
  return { ...hours, [day]: [...windows, [start, end]] }
}

/** The hours of `day` on all days from Monday to Friday. */
export function onWorkdays(hours: WorkingHours, day: Day): WorkingHours {
  const windows = windowsOf(hours, day)
  return { ...hours, ...Object.fromEntries(WORKDAYS.map((one) => [one, windows])) }
}

/** What is wrong with the windows of a day: one ends before it begins, or two overlap. */
export function problemOf(windows: Window[]): 'order' | 'overlap' | null {
  if (windows.some(([start, end]) => start === '' || end === '' || start >= end)) return 'order'
  const ordered = [...windows].sort(([one], [other]) => one.localeCompare(other))
  const overlaps = ordered.some(([start], at) => {
    const before = ordered[at - 1]
    return before !== undefined && start < before[1]
  })
  return overlaps ? 'overlap' : null
}

function shifted(time: string, hours: number): string {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return `${String(Math.min(23, hour + hours)).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
