import { renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useDeskReturn } from './useDeskReturn'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A desk that answers each question in turn; the last answer stays. */
function desk(...answers: (Response | null)[]) {
  const ask = vi.fn(async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (!answer) throw new TypeError('no network')
    return answer
  })
  vi.stubGlobal('fetch', ask)
  return ask
}

test('a desk that comes back is noticed once', async () => {
  const ask = desk(null, new Response('', { status: 502 }), new Response('ok'))
  const onReturn = vi.fn()
  renderHook(() => useDeskReturn(true, onReturn))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(onReturn).toHaveBeenCalledTimes(1)
  expect(ask).toHaveBeenCalledTimes(3)
})

test('a desk that never went away starts nothing', async () => {
  const ask = desk(new Response('ok'))
  const onReturn = vi.fn()
  renderHook(() => useDeskReturn(true, onReturn))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(onReturn).not.toHaveBeenCalled()
  expect(ask).toHaveBeenCalledTimes(1)
})

test('a page that is left asks no more', async () => {
  const ask = desk(null)
  const { unmount } = renderHook(() => useDeskReturn(true, vi.fn()))
  await vi.advanceTimersByTimeAsync(4_000)
  unmount()
  const asked = ask.mock.calls.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ask).toHaveBeenCalledTimes(asked)
})
