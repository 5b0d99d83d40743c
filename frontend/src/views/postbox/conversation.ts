import type { PostboxMessage } from '../../services/types'

/** All mails tied to `message` by Message-ID, In-Reply-To or References (RFC 5322, 3.6.4), oldest first. */
export function conversationOf(
  message: PostboxMessage,
  messages: PostboxMessage[],
): PostboxMessage[] {
  const known = new Set(idsOf(message))
  const found = new Set([message])
  let grew = true
  while (grew) {
    grew = false
    for (const other of messages) {
      if (found.has(other) || !idsOf(other).some((id) => known.has(id))) continue
      found.add(other)
      for (const id of idsOf(other)) known.add(id)
      grew = true
    }
  }
  return [...found].sort((one, other) => Date.parse(one.date) - Date.parse(other.date))
}

function idsOf(message: PostboxMessage): string[] {
  return [message.message_id, message.in_reply_to, ...message.references].filter((id) => id !== '')
}
