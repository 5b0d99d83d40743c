import { expect, test } from 'vitest'
import { problemFrom } from './problem'

test('a problem document gives its code, its words and the fields', async () => {
  const body = {
    title: 'Bad',
    detail: 'Not so.',
    code: 'invalid',
    errors: { name: ['Too long.'] },
    error_codes: { name: ['max_length'] },
  }
  const problem = await problemFrom(
    Response.json(body, { status: 400, headers: { 'Content-Type': 'application/problem+json' } }),
  )
  expect(problem).toMatchObject({
    status: 400,
    code: 'invalid',
    message: 'Not so.',
    fields: { name: ['Too long.'] },
    fieldCodes: { name: ['max_length'] },
    offline: false,
  })
})

test('the page of a proxy whose desk is away counts as no answer', async () => {
  const problem = await problemFrom(new Response('<h1>Bad Gateway</h1>', { status: 502 }))
  expect(problem.offline).toBe(true)
  expect(problem.message).toBe('')
})

test('a refusal of the desk itself is an answer, whatever its status', async () => {
  const problem = await problemFrom(
    Response.json({ detail: 'The mail server is away.', code: 'away' }, { status: 503 }),
  )
  expect(problem.offline).toBe(false)
  expect(problem.code).toBe('away')
})
