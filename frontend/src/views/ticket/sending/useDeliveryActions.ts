import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import {
  cancelMessage,
  markArrived,
  rescheduleMessage,
  retryMessage,
  sendMessageNow,
} from '../../../services/deliveries'
import { restoreDraft } from '../../../services/drafts'
import { noteLeaving } from '../../../services/leaving'
import { ledgerKeys } from '../../../services/ledger'
import { invalidateTicket } from '../../../services/ticketCache'
import { ticketKeys } from '../../../services/tickets'
import type { Message, Schedule, TicketDetail } from '../../../services/types'
import { useUndoSend } from '../../../services/useUndoSend'

type Verb = 'sendNow' | 'cancel' | 'retry' | 'sendAgain' | 'arrived'

const RUN: Record<Verb, (id: string) => Promise<Message>> = {
  sendNow: sendMessageNow,
  cancel: cancelMessage,
  retry: (id) => retryMessage(id),
  sendAgain: (id) => retryMessage(id, 'not_arrived'),
  arrived: markArrived,
}

/** What a person can do with a reply on its way. */
export function useDeliveryActions(message: Message, ticket: string) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const onFailed = (error: Error) =>
    showToast(t('sending:problem', { reason: problemWords(error, t) }), { tone: 'problem' })
  const keep = (changed: Message) => {
    noteLeaving(ticket, changed)
    client.setQueryData<TicketDetail>(ticketKeys.detail(ticket), (detail) =>
      detail ? { ...detail, messages: replaced(detail.messages, changed) } : detail,
    )
  }
  const onSettled = () => {
    void client.invalidateQueries({ queryKey: ledgerKeys.all })
    return invalidateTicket(client, ticket)
  }
  const act = useMutation({
    mutationFn: (verb: Verb) => RUN[verb](message.id),
    onSuccess: (changed, verb) => {
      keep(changed)
      showToast(t(`sending:toast.${verb}`))
    },
    onError: onFailed,
    onSettled,
  })
  const reschedule = useMutation({
    mutationFn: (schedule: Schedule) => rescheduleMessage(message.id, schedule),
    onSuccess: (changed) => {
      keep(changed)
      showToast(t('sending:toast.rescheduled'))
    },
    onError: onFailed,
    onSettled,
  })
  const undo = useUndoSend({
    onFailed: (error) =>
      showToast(t('sending:undoProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
  })
  return {
    run: act.mutate,
    running: act.isPending ? act.variables : null,
    busy: act.isPending || reschedule.isPending || undo.isPending,
    reschedule,
    undo: () => undo.mutate({ message: message.id, ticket }),
    undoing: undo.isPending,
    reuse: () => restoreDraft(ticket, asDraft(message)),
    correct: () => restoreDraft(ticket, { ...asDraft(message, true), replaces: message.id }),
  }
}

export type DeliveryActions = ReturnType<typeof useDeliveryActions>

function replaced(messages: Message[], changed: Message): Message[] {
  return messages.map((one) => (one.id === changed.id ? changed : one))
}

/** The words of a message and its people; of one that failed only those who have not got it. */
export function asDraft({ reply_text, text, to, cc, bcc, delivery }: Message, failed = false) {
  const got = new Set(
    failed
      ? delivery?.recipients.filter(({ state }) => state === 'accepted').map((one) => one.address)
      : [],
  )
  const left = (people: Message['to']) =>
    people.map(({ address }) => address).filter((address) => !got.has(address))
  return { text: reply_text || text, to: left(to), cc: left(cc), bcc: left(bcc) }
}
