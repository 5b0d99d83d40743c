import { infiniteQueryOptions } from '@tanstack/react-query'
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
