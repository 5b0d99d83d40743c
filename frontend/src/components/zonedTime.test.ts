import { expect, test } from 'vitest'
import { daysLater, instantOf, readWallTime, wallTimeOf, weekdayOf } from './zonedTime'

const at = (text: string) => Date.parse(text)

test.each([
  ['2026-11-24T09:00', 'America/Sao_Paulo', '2026-11-24T12:00:00Z'],
  ['2026-11-24T09:00', 'UTC', '2026-11-24T09:00:00Z'],
  ['2026-07-01T09:00', 'America/New_York', '2026-07-01T13:00:00Z'],
  ['2026-11-24T00:30', 'Asia/Kolkata', '2026-11-23T19:00:00Z'],
])('clocks that show %s in %s do so at %s', (wall, zone, instant) => {
  const [date = '', time = ''] = wall.split('T')
  const read = readWallTime(date, time)
  expect(read && instantOf(read, zone)).toBe(at(instant))
  expect(wallTimeOf(at(instant), zone)).toEqual(read)
})

test('an hour that the change of clocks leaves out becomes the hour after it', () => {
  const gap = { year: 2026, month: 3, day: 29, hour: 2, minute: 30 }
  expect(wallTimeOf(instantOf(gap, 'Europe/Berlin'), 'Europe/Berlin').hour).toBe(3)
})

test('an hour that comes twice is the first of the two', () => {
  const twice = { year: 2026, month: 10, day: 25, hour: 2, minute: 30 }
  expect(instantOf(twice, 'Europe/Berlin')).toBe(at('2026-10-25T00:30:00Z'))
})

test('days later crosses months and years and keeps the hour', () => {
  const eve = { year: 2026, month: 12, day: 31, hour: 9, minute: 0 }
  expect(daysLater(eve, 1)).toEqual({ year: 2027, month: 1, day: 1, hour: 9, minute: 0 })
  expect(weekdayOf(eve)).toBe(4)
})

test('a half-filled date is none', () => {
  expect(readWallTime('2026-11-24', '')).toBeNull()
  expect(readWallTime('', '09:00')).toBeNull()
})
