import { download } from './http'
import type { Attachment } from './types'

export function downloadAttachment(attachment: Attachment): Promise<void> {
  return download(`attachments/${attachment.id}/`, attachment.filename)
}
