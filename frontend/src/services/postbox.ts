import { queryOptions } from '@tanstack/react-query'
import { request } from './http'
import type { Postbox } from './types'

export interface PostboxMail {
  name: string
  address: string
  subject: string
  text: string
  in_reply_to_uid?: number
}

export const postboxKey = (address: string) => ['postbox', address] as const

export function postboxOptions(address: string) {
  return queryOptions({
    queryKey: postboxKey(address),
    queryFn: () => request<Postbox>('GET', 'demo/postbox/', { query: { address } }),
    enabled: address !== '',
    // An outside mail server has no live line: it is asked while the page is looked at.
    refetchInterval: 2_000,
    refetchIntervalInBackground: false,
  })
}

export function writeToDesk(mail: PostboxMail): Promise<{ message_id: string }> {
  return request('POST', 'demo/postbox/', { body: mail })
}

export function removeDemo(): Promise<{ removed: number }> {
  return request('POST', 'demo/remove/')
}
