import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { ImageSender } from './types'

export const imageSendersKey = ['me', 'image-senders'] as const

/** The senders whose remote images load by themselves for this person. */
export function imageSendersOptions() {
  return queryOptions({
    queryKey: imageSendersKey,
    queryFn: () => answerOf(api.GET('/api/v1/me/image-senders/')),
  })
}

export function rememberImageSender(address: string): Promise<ImageSender> {
  return answerOf(api.POST('/api/v1/me/image-senders/', { body: { address } }))
}

export function forgetImageSender(address: string): Promise<void> {
  return answerOf(
    api.DELETE('/api/v1/me/image-senders/{address}/', { params: { path: { address } } }),
  )
}
