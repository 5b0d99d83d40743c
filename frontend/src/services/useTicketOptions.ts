import { useQuery } from '@tanstack/react-query'
import { statusesOptions } from './statuses'
import type { Status, User } from './types'
import { usersOptions } from './users'

const NO_STATUSES: Status[] = []
const NO_USERS: User[] = []

export function useStatuses(): Status[] {
  return useQuery(statusesOptions()).data ?? NO_STATUSES
}

/** Everybody, also those who left: names in old history. */
export function useEverybody(): User[] {
  return useQuery(usersOptions()).data ?? NO_USERS
}

/** People a ticket can be given to. */
export function useAgents(): User[] {
  const { data } = useQuery({ ...usersOptions(), select: onlyActive })
  return data ?? NO_USERS
}

function onlyActive(users: User[]): User[] {
  return users.filter((user) => user.is_active)
}
