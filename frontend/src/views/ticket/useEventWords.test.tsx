import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderHook } from '@testing-library/react'
import type { ReactNode } from 'react'
import { beforeAll, expect, test } from 'vitest'
import { startI18n } from '../../i18n'
import type { TicketEvent } from '../../services/types'
import { useEventWords } from './useEventWords'

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } },
})
client.setQueryData(['users'], [])
client.setQueryData(
  ['statuses'],
  [
    { slug: 'done', name_pt: 'Resolvido', name_en: 'Resolved', category: 'resolved', position: 2 },
    { slug: 'open', name_pt: 'Aberto', name_en: 'Open', category: 'open', position: 1 },
  ],
)

function Around({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>
}

function words(kind: string, data: TicketEvent['data']): string {
  const { result } = renderHook(() => useEventWords([]), { wrapper: Around })
  return result.current({ id: 1, at: '2026-01-01T10:00:00Z', kind, actor: null, cause: '', data })
}

beforeAll(() => startI18n('en'))

test('a change of hands names the people as they were called then', () => {
  const data = { field: 'assignee', old: 'u1', new: 'u2', old_name: 'Ana', new_name: 'Bia' }
  expect(words('changed', data)).toBe('changed the owner from “Ana” to “Bia”')
})

test('a first value is set and a last one removed, without the word nothing', () => {
  const given = { field: 'assignee', old: null, new: 'u2', old_name: null, new_name: 'Bia' }
  expect(words('changed', given)).toBe('set the owner to “Bia”')
  expect(words('changed', { field: 'tags', old: ['a', 'b'], new: [] })).toBe(
    'removed the tags (was “a, b”)',
  )
})

test('a message that opens the ticket again says both', () => {
  expect(words('message_in', { message: 'm', field: 'status', old: 'done', new: 'open' })).toBe(
    'received a message and changed the status from “Resolved” to “Open”',
  )
})

test('an event without a change is told by its kind', () => {
  expect(words('restored', {})).toBe('restored the ticket')
})
