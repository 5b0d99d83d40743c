import { expect, test } from 'vitest'
import { clockTime } from './clockTime'

test.each([
  ['9', '09:00'],
  ['930', '09:30'],
  ['9h30', '09:30'],
  ['18:00', '18:00'],
  ['24:00', '24:00'],
  ['24:01', null],
  ['9:75', null],
  ['meio-dia', null],
])('"%s" typed as a time is %s', (text, time) => {
  expect(clockTime(text)).toBe(time)
})
