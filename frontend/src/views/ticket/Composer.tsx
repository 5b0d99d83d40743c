import { ActionIcon } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { useCommand } from '../../components/useCommand'
import { readDraft } from '../../services/drafts'
import type { TicketDetail } from '../../services/types'
import { useMay } from '../../services/useSession'
import classes from './Composer.module.css'
import { NoteForm } from './NoteForm'
import { ReplyForm } from './ReplyForm'

export type ComposerMode = 'reply' | 'note'

function modeOfDraft(ticket: string): ComposerMode | null {
  if (readDraft(ticket, 'reply')) return 'reply'
  return readDraft(ticket, 'note') ? 'note' : null
}

/** Docked under the thread. Reply and note differ in tint, border and button, so none is taken for the other. */
export function Composer({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation()
  const [mode, setMode] = useState<ComposerMode | null>(() => modeOfDraft(ticket.id))
  const box = useRef<HTMLElement>(null)
  const wantsFocus = useRef(false)
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
    if (mode && wantsFocus.current) box.current?.querySelector('textarea')?.focus()
    wantsFocus.current = false
  }, [mode])

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
        <ReplyForm ticket={ticket} onDone={close} />
      ) : (
        <NoteForm ticket={ticket} onDone={close} />
      )}
    </section>
  )
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
