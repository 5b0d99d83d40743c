import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { FirstAdmin, SignedIn } from './types'

export function setupOptions() {
  return queryOptions({
    queryKey: ['setup'],
    queryFn: () => answerOf(api.GET('/api/v1/setup/')),
    staleTime: 60_000,
  })
}

/** Makes the first administrator. Throws ApiProblem 409 when the desk already has one. */
export function completeSetup(admin: FirstAdmin): Promise<SignedIn> {
  return answerOf(api.POST('/api/v1/setup/', { body: admin }))
}
