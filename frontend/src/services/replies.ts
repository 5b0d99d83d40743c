import { answerOf, api } from './http'
import type { Message, Note, Reply } from './types'

/** Sends once: the same key sent again gives the same message. Throws ApiProblem `empty_reply`. */
export function sendReply(ticket: string, reply: Reply, idempotencyKey: string): Promise<Message> {
  return answerOf(
    api.POST('/api/v1/tickets/{ticket_id}/replies/', {
      params: { path: { ticket_id: ticket }, header: { 'Idempotency-Key': idempotencyKey } },
      body: reply,
    }),
  )
}

export function addNote(ticket: string, text: string): Promise<Note> {
  return answerOf(
    api.POST('/api/v1/tickets/{ticket_id}/notes/', {
      params: { path: { ticket_id: ticket } },
      body: { text },
    }),
  )
}
