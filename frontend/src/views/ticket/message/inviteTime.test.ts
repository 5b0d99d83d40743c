import { expect, test } from 'vitest'
import { inviteTime } from './inviteTime'

const READER = { language: 'en', timeZone: 'America/Sao_Paulo' }
const MEETING = {
  start: '2026-03-10T13:00:00Z',
  end: '2026-03-10T14:30:00Z',
  all_day: false,
  floating: false,
}

test('a meeting is told in the zone of the reader', () => {
  expect(inviteTime(MEETING, READER)).toMatch(/Tuesday, March 10, 2026.*10:00.*11:30/)
})

test('a floating meeting is told as written, whatever the zone of the reader', () => {
  expect(inviteTime({ ...MEETING, floating: true }, READER)).toMatch(/13:00.*14:30/)
})

test('a whole day stays that day in every zone, its end is not counted', () => {
  const day = { ...MEETING, start: '2026-03-10T00:00:00Z', end: '2026-03-11T00:00:00Z' }
  const told = inviteTime({ ...day, all_day: true }, READER)
  expect(told).toBe('Tuesday, March 10, 2026')
  const two = { ...day, end: '2026-03-12T00:00:00Z', all_day: true }
  expect(inviteTime(two, READER)).toMatch(/March 10.*March 11/)
})

test('a meeting without a readable beginning has no words', () => {
  expect(inviteTime({ ...MEETING, start: null }, READER)).toBeNull()
})
