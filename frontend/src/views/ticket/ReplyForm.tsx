import { Textarea } from '@mantine/core'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AddressField } from '../../components/AddressField'
import { isAddress } from '../../components/addresses'
import { Icon } from '../../components/Icon'
import { isOffline, problemWords } from '../../components/problemWords'
import { ScheduleDialog } from '../../components/ScheduleDialog'
import { usePreference } from '../../services/preferences'
import { firstOf } from '../../services/statuses'
import type { Schedule, TicketDetail } from '../../services/types'
import { useStatuses } from '../../services/useTicketOptions'
import type { AfterSend } from './Composer'
import classes from './Composer.module.css'
import { DraftFiles } from './DraftFiles'
import { type SendAction, SendButton } from './SendButton'
import { useDraft } from './useDraft'
import { useSendReply } from './useSend'

interface ReplyFormProps {
  ticket: TicketDetail
  onDone: () => void
  onSent?: (after: AfterSend) => void
}

/** How many mails of the customer were there when this text was begun. */
function useNewsWhileTyping(ticket: TicketDetail, text: string): boolean {
  const incoming = ticket.messages.filter((message) => message.direction === 'in').length
  const begunAt = useRef<number | null>(null)
  if (text.trim() === '') begunAt.current = null
  else begunAt.current ??= incoming
  return begunAt.current !== null && incoming > begunAt.current
}

const CATEGORY = { send: null, resolve: 'resolved', wait: 'waiting' } as const

/** What the button does: as this text was meant to be sent before, else as the last one was. */
function useSendAction(statusAfter: string | undefined): SendAction {
  const [remembered] = usePreference('sendAction')
  const category = useStatuses().find(({ slug }) => slug === statusAfter)?.category
  if (statusAfter === undefined) return remembered
  if (category === 'resolved') return 'resolve'
  return category === 'waiting' ? 'wait' : 'send'
}

export function ReplyForm({ ticket, onDone, onSent }: ReplyFormProps) {
  const { t } = useTranslation()
  const statuses = useStatuses()
  const { draft, change, clear } = useDraft(ticket.id, 'reply')
  const [, remember] = usePreference('sendAction')
  const [ifAnswered, setIfAnswered] = usePreference('ifAnswered')
  const [after] = usePreference('afterSend')
  const [picking, setPicking] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const action = useSendAction(draft.statusAfter)
  const to = draft.to ?? ticket.reply_defaults.to
  const cc = draft.cc ?? ticket.reply_defaults.cc
  const bcc = draft.bcc ?? []
  const files = draft.files ?? []
  const empty = draft.text.trim() === ''
  const news = useNewsWhileTyping(ticket, draft.text)
  const name = ticket.contact.name || ticket.contact.address
  const send = useSendReply(ticket.id, draft.replaces, () => {
    clear()
    onDone()
    onSent?.(after)
  })

  const mistake = (): string | null => {
    const wrong = [...to, ...cc, ...bcc].find((address) => !isAddress(address))
    if (empty) return t('ticket:problem.empty')
    if (to.length === 0) return t('ticket:problem.nobody')
    return wrong ? t('ticket:problem.address', { address: wrong }) : null
  }
  const submit = (chosen: SendAction, later?: Schedule) => {
    if (send.isPending) return
    const wrong = mistake()
    setProblem(wrong)
    if (wrong) return
    const category = CATEGORY[chosen]
    send.mutate({
      text: draft.text,
      to,
      cc,
      bcc: bcc.length > 0 ? bcc : undefined,
      files: files.length > 0 ? files.map((one) => one.attachment_id) : undefined,
      status_after: category ? firstOf(statuses, category)?.slug : undefined,
      ...later,
    })
  }
  const now = (chosen: SendAction) => {
    remember(chosen)
    change({ statusAfter: undefined })
    submit(chosen)
  }
  const failure = send.error
    ? t(isOffline(send.error) ? 'ticket:problem.offline' : 'ticket:problem.refused', {
        reason: problemWords(send.error, t),
      })
    : null

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        now(action)
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        now(action)
      }}
    >
      <Recipients to={to} cc={cc} bcc={bcc} onChange={change} />
      <Textarea
        className={classes.text}
        variant="unstyled"
        aria-label={t('ticket:replyText')}
        placeholder={t('ticket:replyPlaceholder')}
        autosize
        minRows={3}
        maxRows={18}
        value={draft.text}
        onChange={(event) => change({ text: event.currentTarget.value })}
      />
      <DraftFiles files={files} onChange={(left) => change({ files: left })} />
      {news && (
        <div className={classes.news} role="status">
          <Icon name="alert" size={14} />
          {t('ticket:wroteMeanwhile', { name })}
        </div>
      )}
      {(problem ?? failure) && (
        <div className={classes.problem} role="alert">
          <Icon name="alert" size={14} />
          {problem ?? failure}
        </div>
      )}
      <div className={classes.bottom}>
        <span className={classes.state} role={send.isPaused ? 'status' : undefined}>
          {send.isPaused && t('ticket:waitsForNetwork')}
          {!send.isPaused && empty && t('ticket:fromAddress', { address: ticket.mailbox.address })}
          {!send.isPaused && !empty && t('ticket:draftKept')}
        </span>
        <SendButton
          action={action}
          recipient={to[0] ?? ''}
          name={name}
          busy={send.isPending}
          disabled={empty}
          onSend={now}
          onLater={(schedule) => submit('send', schedule)}
          onPick={() => setPicking(true)}
        />
      </div>
      {picking && (
        <ScheduleDialog
          name={name}
          ifAnswered={ifAnswered}
          action={t('sending:later.schedule')}
          busy={send.isPending}
          onSchedule={(schedule) => {
            setIfAnswered(schedule.if_answered)
            setPicking(false)
            submit('send', schedule)
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </form>
  )
}

interface RecipientsProps {
  to: string[]
  cc: string[]
  bcc: string[]
  onChange: (part: { to?: string[]; cc?: string[]; bcc?: string[] }) => void
}

/** Who gets it, always in sight. Cc and Bcc take a line only when somebody is in them or asked for. */
function Recipients({ to, cc, bcc, onChange }: RecipientsProps) {
  const { t } = useTranslation()
  const [wanted, setWanted] = useState<'cc' | 'bcc' | null>(null)
  const showCc = cc.length > 0 || wanted === 'cc'
  const showBcc = bcc.length > 0 || wanted === 'bcc'
  return (
    <div className={classes.fields}>
      <div className={classes.line}>
        <AddressField
          label={t('ticket:to')}
          value={to}
          onChange={(value) => onChange({ to: value })}
        />
        {!showCc && (
          <button type="button" className={classes.link} onClick={() => setWanted('cc')}>
            {t('ticket:cc')}
          </button>
        )}
        {!showBcc && (
          <button type="button" className={classes.link} onClick={() => setWanted('bcc')}>
            {t('ticket:bcc')}
          </button>
        )}
      </div>
      {showCc && (
        <AddressField
          label={t('ticket:cc')}
          value={cc}
          autoFocus={wanted === 'cc'}
          onChange={(value) => onChange({ cc: value })}
        />
      )}
      {showBcc && (
        <AddressField
          label={t('ticket:bcc')}
          value={bcc}
          autoFocus={wanted === 'bcc'}
          onChange={(value) => onChange({ bcc: value })}
        />
      )}
    </div>
  )
}
