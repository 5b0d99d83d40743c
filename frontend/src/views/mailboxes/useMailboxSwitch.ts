import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { type MailboxSwitch, mailboxKeys, switchMailbox } from '../../services/mailboxes'
import type { Mailbox } from '../../services/types'

const BACK: Record<MailboxSwitch, MailboxSwitch> = {
  pause: 'resume',
  resume: 'pause',
  'stop-sending': 'resume-sending',
  'resume-sending': 'stop-sending',
}
const LOOK: Record<MailboxSwitch, Partial<Mailbox>> = {
  pause: { state: 'paused' },
  resume: { state: 'active' },
  'stop-sending': { sending_stopped: true },
  'resume-sending': { sending_stopped: false },
}

/** Pauses and resumes reading and sending: at once on screen, with undo. */
export function useMailboxSwitch(id: string) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const show = (change: Partial<Mailbox>) => {
    client.setQueryData<Mailbox>(mailboxKeys.detail(id), (one) => one && { ...one, ...change })
    client.setQueryData<Mailbox[]>(mailboxKeys.list, (all) =>
      all?.map((one) => (one.id === id ? { ...one, ...change } : one)),
    )
  }
  const turn = useMutation({
    mutationFn: ({ verb }: { verb: MailboxSwitch; isUndo?: boolean }) => switchMailbox(id, verb),
    onMutate: ({ verb }) => show(LOOK[verb]),
    onSuccess: (saved, { verb, isUndo }) => {
      show(saved)
      const undo = isUndo ? undefined : () => turn.mutate({ verb: BACK[verb], isUndo: true })
      showToast(t(`mailboxes:switched.${verb}`), { undo })
    },
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      return client.invalidateQueries({ queryKey: mailboxKeys.detail(id) })
    },
  })
  return (verb: MailboxSwitch) => turn.mutate({ verb })
}
