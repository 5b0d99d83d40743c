import { ApiProblem, problemFrom } from './problem'
import { session } from './session'

type Query = Record<string, string | number | boolean | undefined | null>

interface Options {
  query?: Query
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

const BASE = '/api/v1/'

export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value))
  }
  const text = params.toString()
  return `${BASE}${path}${text ? `?${text}` : ''}`
}

async function sendOnce(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  if (session.accessToken) headers.set('Authorization', `Bearer ${session.accessToken}`)
  try {
    return await fetch(url, { ...init, headers, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof TypeError) throw new ApiProblem(0, 'offline', error.message)
    throw error
  }
}

/** fetch with the access token; a 401 refreshes the token once and tries again. */
export async function authorizedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const used = session.accessToken
  const response = await sendOnce(url, init)
  if (response.status !== 401 || used === null) return response
  // Another caller may have refreshed while this request was on its way.
  const renewed = session.accessToken !== used || (await session.refresh())
  return renewed ? sendOnce(url, init) : response
}

/** Calls `/api/v1/<path>` and reads JSON; undefined for 204. Throws ApiProblem for anything else. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  const response = await authorizedFetch(apiUrl(path, options.query), {
    method,
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    signal: options.signal,
  })
  if (!response.ok) throw await problemFrom(response)
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

/** Downloads a protected file and hands it to the browser under the given name. */
export async function download(path: string, filename: string): Promise<void> {
  const response = await authorizedFetch(apiUrl(path))
  if (!response.ok) throw await problemFrom(response)
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
