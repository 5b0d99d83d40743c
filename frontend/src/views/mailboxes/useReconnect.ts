import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { changeMailbox, mailboxKeys } from '../../services/mailboxes'
import type { Mailbox } from '../../services/types'

const route = getRouteApi('/desk/mailboxes/$mailboxId')

/** Gives a mailbox the sign-in that somebody just came back from, or says why it came to nothing. */
export function useReconnect(mailbox: Mailbox): void {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { oauth, oauth_error: failed } = route.useSearch()
  const navigate = route.useNavigate()
  const taken = useRef<string | null>(null)
  const { mutate } = useMutation({
    mutationFn: (request: string) => changeMailbox(mailbox.id, { oauth_request: request }),
    onSuccess: (saved) => {
      client.setQueryData(mailboxKeys.detail(saved.id), saved)
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      showToast(t('mailboxes:signIn.done', { address: saved.address }))
    },
    onError: (error) =>
      showToast(t('mailboxes:signIn.problem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  useEffect(() => {
    const told = oauth ?? failed
    if (!told || taken.current === told) return
    taken.current = told
    if (oauth) mutate(oauth)
    else
      showToast(t(`problems:code.${failed}`, { defaultValue: failed ?? '' }), { tone: 'problem' })
    void navigate({
      search: (old) => ({ ...old, oauth: undefined, oauth_error: undefined }),
      replace: true,
    })
  }, [oauth, failed, mutate, navigate, t])
}
