import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import { useCallback } from 'react'
import { remoteImageOptions } from './messages'

export interface RemoteImages {
  /** The image as a `data:` address, or the problem that kept it away, by its number. */
  images: ReadonlyMap<number, string | Error>
  /** How many have not answered yet. */
  waiting: number
}

/** The wanted images on foreign servers, as they arrive; asks for nothing while `wanted` is empty. */
export function useRemoteImages(message: string, wanted: readonly number[]): RemoteImages {
  // The same function for the same wishes: the result changes only when an answer comes.
  const combine = useCallback(
    (results: UseQueryResult<string>[]) => {
      const images = new Map<number, string | Error>()
      results.forEach(({ data, error }, at) => {
        const n = wanted[at]
        const found = data ?? error
        if (n !== undefined && found) images.set(n, found)
      })
      return { images, waiting: wanted.length - images.size }
    },
    [wanted],
  )
  return useQueries({ queries: wanted.map((n) => remoteImageOptions(message, n)), combine })
}
