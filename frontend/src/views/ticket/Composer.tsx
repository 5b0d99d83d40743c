import { ActionIcon } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { useCommand } from '../../components/useCommand'
import { onRestored, readDraft, takeRestored } from '../../services/drafts'
import type { Preferences } from '../../services/preferences'
import type { TicketDetail } from '../../services/types'
import { useMay } from '../../services/useSession'
import classes from './Composer.module.css'
import { NoteForm } from './NoteForm'
import { ReplyForm } from './ReplyForm'

export type ComposerMode = 'reply' | 'note'
export type AfterSend = Preferences['afterSend']

function modeOfDraft(ticket: string): ComposerMode | null {
  if (readDraft(ticket, 'reply')) return 'reply'
  return readDraft(ticket, 'note') ? 'note' : null
}

interface ComposerProps {
  ticket: TicketDetail
  /** Called when a reply went to the desk, with what the person chose to see next. */
  onSent?: (after: AfterSend) => void
}

/** Docked under the thread. Reply and note differ in tint, border and button, so none is taken for the other. */
export function Composer({ ticket, onSent }: ComposerProps) {
  const { t } = useTranslation()
  const [mode, setMode] = useState<ComposerMode | null>(() => modeOfDraft(ticket.id))
  const box = useRef<HTMLElement>(null)
  const wantsFocus = useRef(false)
  const [restored, setRestored] = useState(0)
  const group = t('common:group.compose')
  const mayReply = useMay('ticket.reply')

  const open = (next: ComposerMode) => {
    wantsFocus.current = true
    setMode(next)
    box.current?.querySelector('textarea')?.focus()
  }
  useCommand(
    { id: 'reply', label: t('ticket:reply'), group, keys: 'r', run: () => open('reply') },
    mayReply,
  )
  useCommand({ id: 'note', label: t('ticket:note'), group, keys: 'n', run: () => open('note') })
  useEffect(() => {
    const look = () => {
      if (!takeRestored(ticket.id)) return
      wantsFocus.current = true
      setMode('reply')
      setRestored((times) => times + 1)
    }
    look()
    return onRestored(look)
  }, [ticket.id])
  // biome-ignore lint/correctness/useExhaustiveDependencies: words that came back want the keyboard
  useEffect(() => {
    if (mode && wantsFocus.current) focusEnd(box.current?.querySelector('textarea'))
    wantsFocus.current = false
  }, [mode, restored])

  if (mode === null) {
    const name = ticket.contact.name || ticket.contact.address
    return (
      <div className={classes.closed}>
        {mayReply && (
          <button type="button" className={classes.closedReply} onClick={() => open('reply')}>
            <Icon name="reply" />
            {t('ticket:replyTo', { name })}
          </button>
        )}
        <button type="button" className={classes.closedNote} onClick={() => open('note')}>
          <Icon name="lock" size={14} />
          {t('ticket:note')}
        </button>
      </div>
    )
  }
  const close = () => setMode(null)
  return (
    <section
      className={classes.composer}
      data-mode={mode}
      ref={box}
      aria-label={t(mode === 'reply' ? 'ticket:reply' : 'ticket:note')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      }}
    >
      <div className={classes.top}>
        <div className={classes.modes} role="tablist" aria-label={t('ticket:mode')}>
          {mayReply && <ModeTab mode="reply" current={mode} onMode={open} />}
          <ModeTab mode="note" current={mode} onMode={open} />
        </div>
        <span className={classes.grow} />
        <ActionIcon
          aria-label={t('ticket:closeEditor')}
          title={t('ticket:closeEditor')}
          onClick={close}
        >
          <Icon name="chevronDown" />
        </ActionIcon>
      </div>
      {mode === 'reply' ? (
        <ReplyForm ticket={ticket} onDone={close} onSent={onSent} />
      ) : (
        <NoteForm ticket={ticket} onDone={close} />
      )}
    </section>
  )
}

/** The writing goes on where the words end. */
function focusEnd(field: HTMLTextAreaElement | null | undefined): void {
  if (!field) return
  field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
}

interface ModeTabProps {
  mode: ComposerMode
  current: ComposerMode
  onMode: (mode: ComposerMode) => void
}

function ModeTab({ mode, current, onMode }: ModeTabProps) {
  const { t } = useTranslation()
  return (
    <button
      type="button"
      role="tab"
      className={classes.mode}
      aria-selected={mode === current}
      onClick={() => onMode(mode)}
    >
      <Icon name={mode === 'reply' ? 'reply' : 'lock'} size={14} />
      {t(mode === 'reply' ? 'ticket:reply' : 'ticket:note')}
    </button>
  )
}
