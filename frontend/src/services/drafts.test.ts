import { afterEach, expect, test } from 'vitest'
import { onRestored, readDraft, restoreDraft, takeRestored, writeDraft } from './drafts'

afterEach(() => localStorage.clear())

test('words that come back stand above those begun meanwhile', () => {
  writeDraft('t1', 'reply', { text: 'And another thing' })
  restoreDraft('t1', { text: 'Hello Maria', to: ['maria@example.com'] })
  expect(readDraft('t1', 'reply')).toEqual({
    text: 'Hello Maria\n\nAnd another thing',
    to: ['maria@example.com'],
  })
})

test('the same words are not put there twice', () => {
  writeDraft('t1', 'reply', { text: 'Hello Maria' })
  restoreDraft('t1', { text: 'Hello Maria' })
  expect(readDraft('t1', 'reply')?.text).toBe('Hello Maria')
})

test('a reply on screen hears of it, and the wish for the keyboard is taken once', () => {
  const heard: string[] = []
  const stop = onRestored((ticket, draft) => heard.push(`${ticket} ${draft.text}`))
  restoreDraft('t2', { text: 'Hi' })
  stop()
  restoreDraft('t2', { text: 'unheard' })
  expect(heard).toEqual(['t2 Hi'])
  expect(takeRestored('other')).toBe(false)
  expect(takeRestored('t2')).toBe(true)
  expect(takeRestored('t2')).toBe(false)
})
