import { contentKey } from '../../../components/mail/images'
import type { Attachment, Message } from '../../../services/types'

export interface AttachmentGroups {
  /** Files to look at. */
  files: Attachment[]
  /** Pictures the text shows by itself, and logos that came with an earlier mail (A9). */
  folded: Attachment[]
  /** The invitation, offered by its own card (M24). */
  invite: Attachment | null
}

const CALENDAR = /^(?:text\/calendar|application\/ics)$/

/** The files of a message, apart from what only decorates it. */
export function attachmentGroups(
  message: Pick<Message, 'attachments' | 'invite'>,
  /** Content-IDs, as keys, of the pictures that the text shows now. */
  shown: readonly string[],
): AttachmentGroups {
  const invite = message.invite
    ? (message.attachments.find((one) => CALENDAR.test(one.content_type)) ?? null)
    : null
  const rest = message.attachments.filter((one) => one !== invite)
  const isDecoration = (one: Attachment) =>
    one.content_type.startsWith('image/') &&
    !one.disguised &&
    (one.inline || one.repeated || shown.includes(contentKey(one.content_id)))
  return {
    files: rest.filter((one) => !isDecoration(one)),
    folded: rest.filter(isDecoration),
    invite,
  }
}
