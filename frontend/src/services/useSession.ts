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
