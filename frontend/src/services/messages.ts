import { queryOptions } from '@tanstack/react-query'
import { dataUrl } from './attachments'
import { answerOf, api, download } from './http'
import type { Message, TicketDetail } from './types'

const at = (id: string) => ({ params: { path: { message_id: id } } })

export function sourceOptions(id: string) {
  return queryOptions({
    queryKey: ['message', 'source', id],
    queryFn: () => answerOf(api.GET('/api/v1/messages/{message_id}/source/', at(id))),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** A file name that says what the mail is about; the rest of the characters could hurt a disk. */
function emlName(subject: string): string {
  const name = subject.replace(/[^\p{L}\p{N} ._-]+/gu, ' ').replace(/\s+/g, ' ')
  return `${name.trim().slice(0, 80) || 'mail'}.eml`
}

export function downloadOriginalMail(message: Message): Promise<void> {
  return download(
    api.GET('/api/v1/messages/{message_id}/raw/', { ...at(message.id), parseAs: 'blob' }),
    emlName(message.subject),
  )
}

/**
 * The n-th image of the mail that lies on a foreign server, fetched by the desk. Fails with
 * `remote_image_refused` or `remote_image_unreachable`; asked once, whatever the answer.
 */
export function remoteImageOptions(message: string, n: number) {
  return queryOptions({
    queryKey: ['message', 'remote-image', message, n],
    queryFn: async () => {
      const call = api.GET('/api/v1/messages/{message_id}/remote-images/{position}/', {
        params: { path: { message_id: message, position: n } },
        parseAs: 'blob',
      })
      return dataUrl(await answerOf(call))
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
}

/** Takes a reply from another address into the conversation. */
export function acceptMessage(id: string): Promise<TicketDetail> {
  return answerOf(api.POST('/api/v1/messages/{message_id}/accept/', at(id)))
}

/** Makes a ticket of its own of a reply from another address; the answer is the new ticket. */
export function separateMessage(id: string): Promise<TicketDetail> {
  return answerOf(api.POST('/api/v1/messages/{message_id}/separate/', at(id)))
}
