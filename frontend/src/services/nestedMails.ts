import { queryOptions } from '@tanstack/react-query'
import { dataUrl, isImage } from './attachments'
import { answerOf, api, download } from './http'
import type { NestedFile } from './types'

/** The mail that an attachment holds. */
export function nestedMailOptions(attachment: string) {
  return queryOptions({
    queryKey: ['attachment', 'mail', attachment],
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/attachments/{attachment_id}/mail/', {
          params: { path: { attachment_id: attachment } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

function bytesOf(attachment: string, file: NestedFile): Promise<{ data?: Blob }> {
  return api.GET('/api/v1/attachments/{attachment_id}/mail/{position}/', {
    params: { path: { attachment_id: attachment, position: file.index } },
    parseAs: 'blob',
  })
}

export function downloadNested(attachment: string, file: NestedFile): Promise<void> {
  return download(bytesOf(attachment, file), file.filename)
}

/** A picture of the nested mail as a `data:` address. */
export function nestedDataOptions(attachment: string, file: NestedFile) {
  return queryOptions({
    queryKey: ['attachment', 'mail', attachment, file.index],
    queryFn: async () => {
      const bytes = await answerOf(bytesOf(attachment, file))
      return dataUrl(new Blob([bytes], { type: file.content_type }))
    },
    staleTime: Number.POSITIVE_INFINITY,
    enabled: isImage(file),
  })
}
