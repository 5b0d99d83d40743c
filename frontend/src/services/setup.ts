import { queryOptions } from '@tanstack/react-query'
import { request } from './http'
import type { Language, SetupState, SignedIn } from './types'

export interface FirstAdmin {
  name: string
  email: string
  password: string
  language: Language
  code?: string
}

export function setupOptions() {
  return queryOptions({
    queryKey: ['setup'],
    queryFn: () => request<SetupState>('GET', 'setup/'),
    staleTime: 60_000,
  })
}

/** Makes the first administrator. Throws ApiProblem 409 when the desk already has one. */
export function completeSetup(admin: FirstAdmin): Promise<SignedIn> {
  return request('POST', 'setup/', { body: admin })
}
