import { useQueries } from '@tanstack/react-query'
import { attachmentDataOptions, isImage } from './attachments'
import type { Attachment } from './types'

/** The pictures among the attachments that the mail's text shows, by Content-ID, as they arrive. */
export function useInlineImages(
  attachments: Attachment[],
  wanted: readonly string[],
): ReadonlyMap<string, string> {
  const files = attachments.filter((one) => wanted.includes(one.content_id) && isImage(one))
  return useQueries({
    queries: files.map(attachmentDataOptions),
    combine: (results) => {
      const images = new Map<string, string>()
      results.forEach(({ data }, at) => {
        const file = files[at]
        if (file && data) images.set(file.content_id, data)
      })
      return images
    },
  })
}
