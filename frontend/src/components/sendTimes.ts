import { daysLater, instantOf, wallTimeOf, weekdayOf } from './zonedTime'

export interface SendTime {
  name: 'tomorrow' | 'monday'
  /** ms */
  at: number
}

const MORNING = 9
const MONDAY = 1
const DAY_MS = 24 * 3_600_000
/** The API takes nothing later than this. */
export const LATEST_MS = 364 * DAY_MS

/** Moments people often want a mail to leave at: nine in the morning of the reader's zone. */
export function sendTimes(now: number, timeZone: string | undefined): SendTime[] {
  const today = { ...wallTimeOf(now, timeZone), hour: MORNING, minute: 0 }
  const untilMonday = (MONDAY - weekdayOf(today) + 7) % 7 || 7
  const times: SendTime[] = [
    { name: 'tomorrow', at: instantOf(daysLater(today, 1), timeZone) },
    { name: 'monday', at: instantOf(daysLater(today, untilMonday), timeZone) },
  ]
  // On a Sunday both are the same morning.
  return untilMonday === 1 ? times.slice(0, 1) : times
}

/** What is wrong with a moment to send at. */
export function sendTimeProblem(at: number | null, now: number): 'missing' | 'past' | 'far' | null {
  if (at === null) return 'missing'
  if (at <= now) return 'past'
  return at - now > LATEST_MS ? 'far' : null
}
