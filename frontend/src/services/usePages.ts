import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Page } from './types'

type Pages<Row> = UseInfiniteQueryResult<{ pages: Page<Row>[] }, Error>

/** The rows of all loaded pages, and how to get the next one. */
export function usePages<Row>(list: Pages<Row>): Row[] {
  const { data } = list
  return useMemo(() => data?.pages.flatMap((page) => page.results) ?? [], [data])
}
