/** How far the desk's clock is ahead of this computer's, in ms. */
let ahead = 0

/** Differences below this are the coarseness of the header, not a wrong clock. */
const COARSE_MS = 2_000

/** Learns from the Date of an answer (whole seconds) that was asked for at `askedAt`. */
export function learnClock(date: string | null, askedAt: number, now: number = Date.now()): void {
  const told = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(told)) return
  const difference = told + 500 - (askedAt + now) / 2
  ahead = Math.abs(difference) < COARSE_MS ? 0 : Math.round(difference)
}

/** The moment (ms) at which this computer's clock shows what the desk calls `at` (ISO). */
export function onThisClock(at: string): number {
  return Date.parse(at) - ahead
}
