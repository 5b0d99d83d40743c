import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from './http'
import type { OAuthClient, OAuthClientChange, OAuthProvider, OAuthSignIn } from './types'

export const oauthKeys = {
  clients: ['oauth', 'clients'] as const,
  signIn: (id: string) => ['oauth', 'sign-in', id] as const,
}

/** How the desk is registered with each provider; for people who may change mailboxes. */
export function oauthClientsOptions() {
  return queryOptions({
    queryKey: oauthKeys.clients,
    queryFn: () => answerOf(api.GET('/api/v1/oauth/clients/')),
    staleTime: 60_000,
  })
}

/** An empty secret stays as it is; an empty id forgets the registration. */
export function registerClient(
  provider: OAuthProvider,
  client: OAuthClientChange,
): Promise<OAuthClient> {
  return answerOf(
    api.PUT('/api/v1/oauth/clients/{provider}/', { params: { path: { provider } }, body: client }),
  )
}

/** How a sign-in that was begun stands; asked until it has ended. */
export function signInOptions(id: string) {
  return queryOptions({
    queryKey: oauthKeys.signIn(id),
    queryFn: (): Promise<OAuthSignIn> =>
      answerOf(
        api.GET('/api/v1/oauth/requests/{request_id}/', { params: { path: { request_id: id } } }),
      ),
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' ? 1_500 : false),
    retry: false,
  })
}

const RETURN = 'desk-oauth-return'

/** The page of a mailbox, or of a new one, that a person leaves to sign in at a provider. */
export interface SignInReturn {
  mailboxId: string
  search: Record<string, string>
}

/**
 * Sends this browser to the provider's sign-in page; who signed in there comes back to `back`, with
 * `oauth` or `oauth_error` in its address. Throws ApiProblem, `oauth_not_configured` for one.
 */
export async function leaveToSignIn(
  provider: OAuthProvider,
  about: { mailbox?: string; address?: string },
  back: SignInReturn,
): Promise<void> {
  const begun = await answerOf(
    api.POST('/api/v1/oauth/{provider}/begin/', { params: { path: { provider } }, body: about }),
  )
  sessionStorage.setItem(RETURN, JSON.stringify(back))
  window.location.assign(begun.authorize_url)
}

/** Where the person was before signing in at a provider; told once. */
export function takeReturn(): SignInReturn {
  const stored = sessionStorage.getItem(RETURN)
  sessionStorage.removeItem(RETURN)
  if (stored === null) return { mailboxId: 'new', search: {} }
  return JSON.parse(stored) as SignInReturn
}
