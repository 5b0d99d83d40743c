import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { Me, MeChange } from './types'

export function usersOptions() {
  return queryOptions({
    queryKey: ['users'],
    queryFn: () => answerOf(api.GET('/api/v1/users/')),
    staleTime: 5 * 60_000,
  })
}

export function changeMe(change: MeChange): Promise<Me> {
  return answerOf(api.PATCH('/api/v1/me/', { body: change }))
}

export function changePassword(current_password: string, new_password: string): Promise<void> {
  return answerOf(api.POST('/api/v1/me/password/', { body: { current_password, new_password } }))
}
