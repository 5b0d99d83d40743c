import { queryOptions } from '@tanstack/react-query'
import { answerOf, api, download } from './http'
import type { Attachment } from './types'

/** Kinds a browser draws without running anything in them. */
const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
const LARGEST_IMAGE = 8_000_000

function fetchBytes(attachment: Attachment): Promise<{ data?: Blob }> {
  return api.GET('/api/v1/attachments/{attachment_id}/', {
    params: { path: { attachment_id: attachment.id } },
    parseAs: 'blob',
  })
}

export function downloadAttachment(attachment: Attachment): Promise<void> {
  return download(fetchBytes(attachment), attachment.filename)
}

export function isImage(attachment: Pick<Attachment, 'content_type' | 'size'>): boolean {
  return IMAGES.includes(attachment.content_type) && attachment.size <= LARGEST_IMAGE
}

/** A picture as a `data:` address: the only kind the frame of a mail may show. */
export function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}

export function attachmentDataOptions(attachment: Attachment) {
  return queryOptions({
    queryKey: ['attachment', attachment.id],
    queryFn: async () => {
      const bytes = await answerOf(fetchBytes(attachment))
      return dataUrl(new Blob([bytes], { type: attachment.content_type }))
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}
