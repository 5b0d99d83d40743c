import type { OAuthProvider } from '../../services/types'

export const PROVIDERS: OAuthProvider[] = ['google', 'microsoft']

/** Names of companies: the same in every language. */
export const PROVIDER_NAME: Record<OAuthProvider, string> = {
  google: 'Google',
  microsoft: 'Microsoft',
}

/** Where an administrator registers the desk; the names of the menus there are theirs. */
export const CONSOLE: Record<OAuthProvider, string> = {
  google: 'https://console.cloud.google.com/auth/clients',
  microsoft: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps',
}
