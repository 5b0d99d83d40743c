import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { touchClock } from '../../components/clock'
import { problemWords } from '../../components/problemWords'
import { momentText } from '../../components/relativeTime'
import { useTimeStyle } from '../../components/TimeText'
import { announce, showToast } from '../../components/toasts'
import { secondsUntil } from '../../components/useSecondsLeft'
import { cancelMessage } from '../../services/deliveries'
import { noteLeaving } from '../../services/leaving'
import { ApiProblem } from '../../services/problem'
import { addNote, sendReply } from '../../services/replies'
import { onThisClock } from '../../services/serverClock'
import { invalidateTicket } from '../../services/ticketCache'
import { ticketKeys } from '../../services/tickets'
import type { Message, Note, Reply, TicketDetail } from '../../services/types'
import { useIdempotencyKey } from '../../services/useIdempotencyKey'
import { useUndoSend } from '../../services/useUndoSend'

/**
 * Sends a reply once, however often it is tried; the answer is in the thread at once. One that
 * stands in for a mail that failed takes that mail out of the list of what needs attention.
 */
export function useSendReply(ticket: string, replaces: string | undefined, onSent: () => void) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const keyFor = useIdempotencyKey()
  const toldSending = useSendingToast()
  return useMutation({
    mutationFn: (reply: Reply) => sendReply(ticket, reply, keyFor(JSON.stringify(reply))),
    onSuccess: async (message: Message) => {
      touchClock()
      client.setQueryData<TicketDetail>(ticketKeys.detail(ticket), (detail) =>
        detail && !detail.messages.some((one) => one.id === message.id)
          ? { ...detail, messages: [...detail.messages, message] }
          : detail,
      )
      noteLeaving(ticket, message)
      onSent()
      toldSending(ticket, message)
      if (replaces)
        await cancelReplaced(replaces, (error) =>
          showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
            tone: 'problem',
          }),
        )
      void invalidateTicket(client, ticket)
    },
  })
}

/** The mail a corrected reply stands in for; one that was settled meanwhile stays as it is. */
async function cancelReplaced(message: string, onFailed: (error: Error) => void): Promise<void> {
  try {
    await cancelMessage(message)
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    if (error.status !== 409) onFailed(error)
  }
}

/** Says what became of a reply, unless the thread says it better: a countdown with Undo. */
function useSendingToast() {
  const { t } = useTranslation()
  const style = useTimeStyle()
  const { mutate: undo } = useUndoSend({
    onFailed: (error) =>
      showToast(t('sending:undoProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
  })
  return (ticket: string, { id, to, delivery }: Message) => {
    const address = to?.[0]?.address ?? ''
    if (delivery?.hold === 'undo' && delivery.leaves_at) {
      const count = secondsUntil(onThisClock(delivery.leaves_at), Date.now())
      announce(t('sending:announce', { count }))
      return
    }
    if (delivery?.hold === 'later' && delivery.leaves_at) {
      const moment = momentText(Date.parse(delivery.leaves_at), Date.now(), style)
      showToast(t('sending:toast.scheduled', { moment }), {
        undo: () => undo({ message: id, ticket }),
      })
      return
    }
    showToast(t('ticket:toast.sent', { address }))
  }
}

export function useAddNote(ticket: string, onAdded: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (text: string) => addNote(ticket, text),
    onSuccess: (note: Note) => {
      touchClock()
      client.setQueryData<TicketDetail>(ticketKeys.detail(ticket), (detail) =>
        detail ? { ...detail, notes: [...detail.notes, note] } : detail,
      )
      onAdded()
      void invalidateTicket(client, ticket)
    },
  })
}
