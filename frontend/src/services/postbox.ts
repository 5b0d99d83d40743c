import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { PostboxMail } from './types'

export const postboxKey = (address: string) => ['postbox', address] as const

export function postboxOptions(address: string) {
  return queryOptions({
    queryKey: postboxKey(address),
    queryFn: () => answerOf(api.GET('/api/v1/demo/postbox/', { params: { query: { address } } })),
    enabled: address !== '',
    // An outside mail server has no live line: it is asked while the page is looked at.
    refetchInterval: 2_000,
    refetchIntervalInBackground: false,
  })
}

export function writeToDesk(mail: PostboxMail): Promise<{ message_id: string }> {
  return answerOf(api.POST('/api/v1/demo/postbox/', { body: mail }))
}

export function removeDemo(): Promise<{ removed: number }> {
  return answerOf(api.POST('/api/v1/demo/remove/'))
}
