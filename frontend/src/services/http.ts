import createClient from 'openapi-fetch'
import { noAnswer, problemFrom } from './problem'
import type { paths } from './schema'
import { learnClock } from './serverClock'
import { session } from './session'

async function sendOnce(request: Request): Promise<Response> {
  if (session.accessToken) request.headers.set('Authorization', `Bearer ${session.accessToken}`)
  const askedAt = Date.now()
  try {
    const response = await fetch(request)
    learnClock(response.headers.get('Date'), askedAt)
    return response
  } catch (error) {
    if (error instanceof TypeError) throw noAnswer()
    throw error
  }
}

/** fetch with the access token; a 401 refreshes the token once and tries again. */
export async function authorizedFetch(
  input: Request | string,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(input, init)
  const used = session.accessToken
  // A body can be read once: the copy goes out, the original stays for a second try.
  const response = await sendOnce(request.clone())
  if (response.status !== 401 || used === null) return response
  // Another caller may have refreshed while this request was on its way.
  const renewed = session.accessToken !== used || (await session.refresh())
  return renewed ? sendOnce(request) : response
}

function queryText(query: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value))
  }
  return params.toString()
}

/** The API as its description types it: every path, query, body and answer. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: authorizedFetch,
  headers: { Accept: 'application/json' },
  querySerializer: queryText,
})

api.use({
  async onResponse({ response }) {
    if (!response.ok) throw await problemFrom(response)
  },
})

/** The body of a successful answer; undefined for 204. Throws ApiProblem for anything else. */
export async function answerOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call
  return data as T
}

/** Hands a protected file to the browser under the given name. */
export async function download(call: Promise<{ data?: Blob }>, filename: string): Promise<void> {
  const url = URL.createObjectURL(await answerOf(call))
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
