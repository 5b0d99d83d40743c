import { expect, test } from 'vitest'
import { ledgerKeys } from './ledger'
import { keysFor } from './live'
import { ticketKeys } from './tickets'

const event = (kind: string) => ({ id: '1', kind, ticket: 't1', contact: 'c1' })

test.each([
  'ticket.created',
  'ticket.message',
  'delivery.updated',
  'mail.updated',
  'ledger.updated',
])('%s brings the ledger up to date', (kind) => {
  expect(keysFor(event(kind))).toContainEqual(ledgerKeys.all)
})

test('a note leaves the ledger alone and brings its ticket up to date', () => {
  const keys = keysFor(event('ticket.note'))
  expect(keys).not.toContainEqual(ledgerKeys.all)
  expect(keys).toContainEqual(ticketKeys.detail('t1'))
})
