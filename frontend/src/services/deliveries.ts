import { answerOf, api } from './http'
import type { Message, Schedule, UndoneReply } from './types'

const at = (id: string) => ({ params: { path: { message_id: id } } })

/** Takes back a reply that has not left. Throws ApiProblem `already_leaving` (409) when it is too late. */
export function undoMessage(id: string): Promise<UndoneReply> {
  return answerOf(api.POST('/api/v1/messages/{message_id}/undo/', at(id)))
}

export function rescheduleMessage(id: string, schedule: Schedule): Promise<Message> {
  return answerOf(
    api.POST('/api/v1/messages/{message_id}/reschedule/', { ...at(id), body: schedule }),
  )
}

export function sendMessageNow(id: string): Promise<Message> {
  return answerOf(api.POST('/api/v1/messages/{message_id}/send-now/', at(id)))
}

/** The message stays in the conversation, as one that was not sent. */
export function cancelMessage(id: string): Promise<Message> {
  return answerOf(api.POST('/api/v1/messages/{message_id}/cancel/', at(id)))
}

/** Sends the same mail again; of an uncertain one a person must have said that it did not arrive. */
export function retryMessage(id: string, found?: 'not_arrived'): Promise<Message> {
  return answerOf(
    api.POST('/api/v1/messages/{message_id}/retry/', { ...at(id), body: found ? { found } : {} }),
  )
}

export function markArrived(id: string): Promise<Message> {
  return answerOf(api.POST('/api/v1/messages/{message_id}/mark-arrived/', at(id)))
}

/** Nobody can fetch the file by the link in the mail any more. */
export function revokeLink(message: string, attachment: string): Promise<Message> {
  return answerOf(
    api.POST('/api/v1/messages/{message_id}/files/{attachment_id}/revoke-link/', {
      params: { path: { message_id: message, attachment_id: attachment } },
    }),
  )
}
