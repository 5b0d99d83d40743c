import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { contactKeys } from './contacts'
import { EventStream, type LiveEvent, type StreamState } from './eventStream'
import { healthKeys } from './health'
import { authorizedFetch } from './http'
import { ledgerKeys } from './ledger'
import { mailboxKeys } from './mailboxes'
import { ticketKeys } from './tickets'

type Listener = (event: LiveEvent) => void

let state: StreamState = 'closed'
let failures = 0
const stateListeners = new Set<() => void>()
const eventListeners = new Set<Listener>()

/** Events of one burst (a mail makes several) become one round of questions to the desk. */
const GATHER_MS = 120

/** The queries whose answers an event may have changed. */
export function keysFor(event: LiveEvent): (readonly unknown[])[] {
  const [subject] = event.kind.split('.')
  if (subject === 'ticket' || subject === 'delivery') {
    const keys: (readonly unknown[])[] = [ticketKeys.counters, ['tickets', 'recent']]
    // What a mail became of shows in the ledger too.
    if (event.kind === 'ticket.created' || event.kind === 'ticket.message')
      keys.push(ledgerKeys.all)
    if (event.ticket) keys.push(ticketKeys.detail(event.ticket))
    if (event.contact) keys.push(contactKeys.detail(event.contact))
    if (subject === 'delivery') keys.push(ledgerKeys.all)
    return keys
  }
  if (subject === 'contact') {
    const keys: (readonly unknown[])[] = [contactKeys.lists]
    if (event.contact) keys.push(contactKeys.detail(event.contact))
    return keys
  }
  if (subject === 'mailbox') return [mailboxKeys.list, ['mailbox'], healthKeys.all]
  if (subject === 'alarm') return [healthKeys.all]
  if (subject === 'mail' || subject === 'ledger') return [ledgerKeys.all, ticketKeys.counters]
  return []
}

/** Asks again for what an event touched; the ticket lists decide for themselves (see useTicketList). */
function createGatherer(client: QueryClient): Listener {
  const waiting = new Map<string, readonly unknown[]>()
  return (event) => {
    const first = waiting.size === 0
    for (const key of keysFor(event)) waiting.set(JSON.stringify(key), key)
    if (!first) return
    setTimeout(() => {
      for (const queryKey of waiting.values()) void client.invalidateQueries({ queryKey })
      // Lists on screen look for themselves (useTicketList); the others are only marked as old.
      void client.invalidateQueries({ queryKey: ticketKeys.lists, refetchType: 'none' })
      waiting.clear()
    }, GATHER_MS)
  }
}

function setState(next: StreamState): void {
  state = next
  if (next === 'waiting') failures += 1
  if (next === 'open' || next === 'closed') failures = 0
  for (const listener of stateListeners) listener()
}

/** Keeps the live line open while the component that calls it is on screen. */
export function useLiveLine(): void {
  const client = useQueryClient()
  useEffect(() => {
    const gather = createGatherer(client)
    let wasOpen = false
    const stream = new EventStream({
      url: '/api/v1/events/',
      fetch: authorizedFetch,
      onEvent: (event) => {
        gather(event)
        for (const listener of eventListeners) listener(event)
      },
      onState: (next) => {
        // After a gap the desk may have forgotten old events: ask again for all that is on screen.
        if (next === 'open' && (wasOpen || failures > 0)) void client.invalidateQueries()
        // What came between the page's first questions and this line was told to nobody.
        else if (next === 'open') void client.invalidateQueries({ queryKey: ticketKeys.lists })
        if (next === 'open') wasOpen = true
        setState(next)
      },
    })
    stream.open()
    const hurry = () => stream.hurry()
    window.addEventListener('online', hurry)
    return () => {
      window.removeEventListener('online', hurry)
      stream.close()
    }
  }, [client])
}

export function useLiveEvents(listener: Listener): void {
  useEffect(() => {
    eventListeners.add(listener)
    return () => {
      eventListeners.delete(listener)
    }
  }, [listener])
}

function subscribeState(listener: () => void): () => void {
  stateListeners.add(listener)
  return () => stateListeners.delete(listener)
}

export function useLiveState(): StreamState {
  return useSyncExternalStore(subscribeState, () => state)
}

/** True when the desk did not answer twice in a row; a restart of the line alone is no news. */
export function useDeskAway(): boolean {
  return useSyncExternalStore(subscribeState, () => failures > 1)
}
