import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { Status } from './types'

export function statusesOptions() {
  return queryOptions({
    queryKey: ['statuses'],
    queryFn: async () => {
      const statuses = await answerOf(api.GET('/api/v1/statuses/'))
      return [...statuses].sort((one, other) => one.position - other.position)
    },
    staleTime: 10 * 60_000,
  })
}

export function statusName(status: Status | undefined, language: string): string {
  if (!status) return ''
  return language.startsWith('pt') ? status.name_pt : status.name_en
}

/** The first status of a category: what "resolve" or "wait" sets. */
export function firstOf(statuses: Status[], category: Status['category']): Status | undefined {
  return statuses.find((status) => status.category === category)
}
