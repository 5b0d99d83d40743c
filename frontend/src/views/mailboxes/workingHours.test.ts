import { expect, test } from 'vitest'
import { isAlwaysOpen, onWorkdays, opened, problemOf, windowsOf, withWindow } from './workingHours'

const NONE = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] }

test('without any hours somebody is always there', () => {
  expect(isAlwaysOpen(NONE)).toBe(true)
  expect(isAlwaysOpen(opened(NONE, 'mon'))).toBe(false)
})

test('a day opens like the day before it', () => {
  const monday = { ...NONE, mon: [['08:00', '12:00']] }
  expect(windowsOf(opened(monday, 'wed'), 'wed')).toEqual([['08:00', '12:00']])
  expect(windowsOf(opened(NONE, 'wed'), 'wed')).toEqual([['09:00', '18:00']])
})

test('a second window begins after lunch and ends with the day', () => {
  const morning = { ...NONE, mon: [['08:00', '12:00']] }
  expect(windowsOf(withWindow(morning, 'mon'), 'mon')).toEqual([
    ['08:00', '12:00'],
    ['13:00', '18:00'],
  ])
  const late = { ...NONE, mon: [['08:00', '19:00']] }
  expect(windowsOf(withWindow(late, 'mon'), 'mon')[1]).toEqual(['20:00', '24:00'])
})

test('the hours of a day go to all workdays and leave the weekend alone', () => {
  const hours = onWorkdays({ ...NONE, tue: [['10:00', '16:00']], sun: [['10:00', '11:00']] }, 'tue')
  expect(hours.fri).toEqual([['10:00', '16:00']])
  expect(hours.sat).toEqual([])
  expect(hours.sun).toEqual([['10:00', '11:00']])
})

test('a window must end after it begins, and two must not overlap', () => {
  expect(problemOf([['09:00', '09:00']])).toBe('order')
  expect(problemOf([['', '09:00']])).toBe('order')
  expect(
    problemOf([
      ['13:00', '18:00'],
      ['09:00', '14:00'],
    ]),
  ).toBe('overlap')
  expect(
    problemOf([
      ['09:00', '12:00'],
      ['12:00', '24:00'],
    ]),
  ).toBeNull()
})
