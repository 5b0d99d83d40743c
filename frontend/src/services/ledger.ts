import { infiniteQueryOptions } from '@tanstack/react-query'
import { download, request } from './http'
import type { InboundRow, OutboundRow, Page } from './types'

export interface LedgerFilter {
  state?: string
  fate?: string
  mailbox?: string
  search?: string
}

export const ledgerKeys = {
  all: ['ledger'] as const,
  inbound: (filter: LedgerFilter) => ['ledger', 'inbound', filter] as const,
  outbound: (filter: LedgerFilter) => ['ledger', 'outbound', filter] as const,
}

export function inboundOptions(filter: LedgerFilter) {
  return infiniteQueryOptions({
    queryKey: ledgerKeys.inbound(filter),
    queryFn: ({ pageParam }) =>
      request<Page<InboundRow>>('GET', 'ledger/inbound/', {
        query: { ...filter, cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function outboundOptions(filter: LedgerFilter) {
  return infiniteQueryOptions({
    queryKey: ledgerKeys.outbound(filter),
    queryFn: ({ pageParam }) =>
      request<Page<OutboundRow>>('GET', 'ledger/outbound/', {
        query: { ...filter, cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
}

export function reprocess(id: string): Promise<InboundRow> {
  return request('POST', `ledger/inbound/${id}/reprocess/`)
}

export function retryDelivery(id: string): Promise<OutboundRow> {
  return request('POST', `ledger/outbound/${id}/retry/`)
}

export function downloadOriginal(id: string): Promise<void> {
  return download(`ledger/inbound/${id}/raw/`, `${id}.eml`)
}
