import { request } from './http'
import type { Message, Note } from './types'

export interface Reply {
  text: string
  to?: string[]
  cc?: string[]
  bcc?: string[]
  status_after?: string
}

/** Sends once: the same key sent again gives the same message. Throws ApiProblem `empty_reply`. */
export function sendReply(ticket: string, reply: Reply, idempotencyKey: string): Promise<Message> {
  return request('POST', `tickets/${ticket}/replies/`, {
    body: reply,
    headers: { 'Idempotency-Key': idempotencyKey },
  })
}

export function addNote(ticket: string, text: string): Promise<Note> {
  return request('POST', `tickets/${ticket}/notes/`, { body: { text } })
}
