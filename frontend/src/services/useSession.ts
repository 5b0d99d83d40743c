import { useSyncExternalStore } from 'react'
import { type SessionState, session } from './session'
import type { Me } from './types'

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.getState)
}

/** The signed-in person; only for screens behind the sign-in. */
export function useMe(): Me {
  const { user } = useSession()
  if (user === null) throw new Error('useMe is for signed-in screens')
  return user
}

export type Permission =
  | 'ticket.write'
  | 'ticket.note'
  | 'ticket.reply'
  | 'ticket.delete'
  | 'contact.write'
  | 'mailbox.read'
  | 'mailbox.write'
  | 'ledger.read'
  | 'ledger.write'
  | 'health.read'

/** Whether to offer something; the server decides again when it is asked for. */
export function useMay(permission: Permission): boolean {
  return useMe().permissions.includes(permission)
}
