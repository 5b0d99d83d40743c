import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { showToast } from '../../../components/toasts'
import { signInOptions } from '../../../services/oauth'
import type { Setup } from './wizardStore'

const route = getRouteApi('/desk/mailboxes/$mailboxId')

/** Takes up the sign-in that somebody just came back from, or says why it came to nothing. */
export function useSignedIn(setup: Setup, change: (part: Partial<Setup>) => void): void {
  const { t } = useTranslation()
  const { oauth, oauth_error: failed } = route.useSearch()
  const navigate = route.useNavigate()
  const { data, isError } = useQuery({
    ...signInOptions(oauth ?? ''),
    enabled: oauth !== undefined,
  })
  const code = failed ?? (data?.state === 'failed' ? data.error_code : isError ? 'missing' : null)
  const done = data?.state === 'done' ? data : null
  const { form } = setup
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what the provider told counts
  useEffect(() => {
    if (!code && !done) return
    if (code) {
      showToast(t(`problems:code.${code}`, { defaultValue: code }), { tone: 'problem' })
    } else if (done && oauth) {
      const address = form.address || done.account
      change({
        account: done.account,
        form: {
          ...form,
          address,
          sign_in: done.provider,
          oauth_request: oauth,
          imap_username: form.imap_username || address,
          smtp_username: form.smtp_username || address,
          imap_password: '',
          smtp_password: '',
        },
      })
    }
    void navigate({
      search: (old) => ({ address: old.address ?? form.address, step: 'account' }),
      replace: true,
    })
  }, [code, done])
}
