import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { attachmentDataOptions, isImage } from './attachments'
import { nestedDataOptions } from './nestedMails'
import type { Attachment, NestedFile } from './types'

/**
 * The pictures among files that a mail's text shows, by the key that `keyOf` makes of their
 * Content-ID: a `data:` address, what kept it away, or null while it is on its way.
 */
export type InlineImages = ReadonlyMap<string, string | Error | null>

type KeyOf = (contentId: string) => string

export function useInlineImages(
  attachments: Attachment[],
  wanted: readonly string[],
  keyOf: KeyOf,
): InlineImages {
  const { files, combine } = useWanted(attachments, wanted, keyOf)
  return useQueries({ queries: files.map(attachmentDataOptions), combine })
}

/** The same for a mail that is attached to another. */
export function useNestedImages(
  attachment: string,
  inside: NestedFile[],
  wanted: readonly string[],
  keyOf: KeyOf,
): InlineImages {
  const { files, combine } = useWanted(inside, wanted, keyOf)
  const queries = files.map((file) => nestedDataOptions(attachment, file))
  return useQueries({ queries, combine })
}

type Picture = Pick<Attachment, 'content_id' | 'content_type' | 'size'>

function useWanted<File extends Picture>(all: File[], wanted: readonly string[], keyOf: KeyOf) {
  const files = useMemo(
    () =>
      all.filter((one) => one.content_id && wanted.includes(keyOf(one.content_id)) && isImage(one)),
    [all, wanted, keyOf],
  )
  // The same function for the same files: the result changes only when a picture arrives.
  const combine = useCallback(
    (results: UseQueryResult<string>[]) => {
      const images = new Map<string, string | Error | null>()
      results.forEach(({ data, error }, at) => {
        const file = files[at]
        if (file) images.set(keyOf(file.content_id), data ?? error)
      })
      return images
    },
    [files, keyOf],
  )
  return { files, combine }
}
