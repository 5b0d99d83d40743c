import { expect, test } from 'vitest'
import { learnClock, onThisClock } from './serverClock'

const NOON = '2026-11-24T12:00:00Z'
const noon = Date.parse(NOON)

test('a desk whose clock agrees changes nothing', () => {
  learnClock('Tue, 24 Nov 2026 12:00:00 GMT', noon - 100, noon + 900)
  expect(onThisClock(NOON)).toBe(noon)
})

test('a countdown is right on a computer whose clock is a minute late', () => {
  learnClock('Tue, 24 Nov 2026 12:00:00 GMT', noon - 60_000, noon - 60_000)
  expect(onThisClock(NOON)).toBe(noon - 60_500)
})

test('an answer without a date teaches nothing', () => {
  learnClock('Tue, 24 Nov 2026 12:00:00 GMT', noon, noon)
  learnClock(null, 0, 0)
  expect(onThisClock(NOON)).toBe(noon)
})
