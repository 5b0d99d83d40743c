import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api, download } from './http'
import type { paths } from './schema'
import type { InboundRow, OutboundRow } from './types'

export type InboundFilter = Omit<
  NonNullable<paths['/api/v1/ledger/inbound/']['get']['parameters']['query']>,
  'cursor' | 'limit'
>

export type OutboundFilter = Omit<
  NonNullable<paths['/api/v1/ledger/outbound/']['get']['parameters']['query']>,
  'cursor' | 'limit'
>

export const ledgerKeys = {
  trace: (q: string) => ['ledger', 'trace', q] as const,
  queues: ['ledger', 'queues'] as const,
  inboundStory: (id: string) => ['ledger', 'inbound story', id] as const,
  outboundStory: (id: string) => ['ledger', 'outbound story', id] as const,
  all: ['ledger'] as const,
  inbound: (filter: InboundFilter) => ['ledger', 'inbound', filter] as const,
  outbound: (filter: OutboundFilter) => ['ledger', 'outbound', filter] as const,
}

export function inboundOptions(filter: InboundFilter) {
  return infiniteQueryOptions({
    queryKey: ledgerKeys.inbound(filter),
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/ledger/inbound/', {
          params: { query: { ...filter, cursor: pageParam ?? undefined, limit: 50 } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function outboundOptions(filter: OutboundFilter) {
  return infiniteQueryOptions({
    queryKey: ledgerKeys.outbound(filter),
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/ledger/outbound/', {
          params: { query: { ...filter, cursor: pageParam ?? undefined, limit: 50 } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

/** Every mail that an address, a Message-ID, a #number or words of a subject mean. */
export function traceOptions(q: string) {
  return infiniteQueryOptions({
    queryKey: ledgerKeys.trace(q),
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/v1/ledger/trace/', {
          params: { query: { q, cursor: pageParam ?? undefined } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: q !== '',
  })
}

/** What waits, fails or needs a person; asked again while it is on screen. */
export function queuesOptions() {
  return queryOptions({
    queryKey: ledgerKeys.queues,
    queryFn: () => answerOf(api.GET('/api/v1/ledger/queues/')),
    refetchInterval: 15_000,
  })
}

export function inboundStoryOptions(id: string) {
  return queryOptions({
    queryKey: ledgerKeys.inboundStory(id),
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/ledger/inbound/{inbound_id}/', { params: { path: { inbound_id: id } } }),
      ),
  })
}

export function outboundStoryOptions(id: string) {
  return queryOptions({
    queryKey: ledgerKeys.outboundStory(id),
    queryFn: () =>
      answerOf(
        api.GET('/api/v1/ledger/outbound/{outbound_id}/', {
          params: { path: { outbound_id: id } },
        }),
      ),
  })
}

export function reprocess(id: string): Promise<InboundRow> {
  return answerOf(
    api.POST('/api/v1/ledger/inbound/{inbound_id}/reprocess/', {
      params: { path: { inbound_id: id } },
    }),
  )
}

/** Takes a mail out of spam: it is processed as if nothing had been said about it. */
export function notSpam(id: string): Promise<InboundRow> {
  return answerOf(
    api.POST('/api/v1/ledger/inbound/{inbound_id}/not-spam/', {
      params: { path: { inbound_id: id } },
    }),
  )
}

export function retryDelivery(id: string): Promise<OutboundRow> {
  return answerOf(
    api.POST('/api/v1/ledger/outbound/{outbound_id}/retry/', {
      params: { path: { outbound_id: id } },
    }),
  )
}

export function downloadOriginal(id: string): Promise<void> {
  return download(
    api.GET('/api/v1/ledger/inbound/{inbound_id}/raw/', {
      params: { path: { inbound_id: id } },
      parseAs: 'blob',
    }),
    `${id}.eml`,
  )
}
