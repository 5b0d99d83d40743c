import { api, download } from './http'
import type { Attachment } from './types'

export function downloadAttachment(attachment: Attachment): Promise<void> {
  return download(
    api.GET('/api/v1/attachments/{attachment_id}/', {
      params: { path: { attachment_id: attachment.id } },
      parseAs: 'blob',
    }),
    attachment.filename,
  )
}
