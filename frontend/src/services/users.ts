import { queryOptions } from '@tanstack/react-query'
import { request } from './http'
import type { Me, User } from './types'

export function usersOptions() {
  return queryOptions({
    queryKey: ['users'],
    queryFn: () => request<User[]>('GET', 'users/'),
    staleTime: 5 * 60_000,
  })
}

export type MeChange = Partial<Pick<Me, 'name' | 'language' | 'theme' | 'time_zone'>>

export function changeMe(change: MeChange): Promise<Me> {
  return request('PATCH', 'me/', { body: change })
}

export function changePassword(current_password: string, new_password: string): Promise<void> {
  return request('POST', 'me/password/', { body: { current_password, new_password } })
}
