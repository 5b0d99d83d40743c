import { Button, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import type { TicketDetail } from '../../services/types'
import classes from './Composer.module.css'
import { useDraft } from './useDraft'
import { useAddNote } from './useSend'

interface NoteFormProps {
  ticket: TicketDetail
  onDone: () => void
}

export function NoteForm({ ticket, onDone }: NoteFormProps) {
  const { t } = useTranslation()
  const { draft, change, clear } = useDraft(ticket.id, 'note')
  const add = useAddNote(ticket.id, () => {
    clear()
    onDone()
  })
  const empty = draft.text.trim() === ''
  const submit = () => {
    if (!empty && !add.isPending) add.mutate(draft.text)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        className={classes.text}
        variant="unstyled"
        aria-label={t('ticket:noteText')}
        placeholder={t('ticket:notePlaceholder')}
        autosize
        minRows={3}
        maxRows={18}
        value={draft.text}
        onChange={(event) => change({ text: event.currentTarget.value })}
      />
      {add.error && (
        <div className={classes.problem} role="alert">
          <Icon name="alert" size={14} />
          {t('ticket:problem.refused', { reason: problemWords(add.error, t) })}
        </div>
      )}
      <div className={classes.bottom}>
        <span className={classes.state} role={add.isPaused ? 'status' : undefined}>
          {t(add.isPaused ? 'ticket:waitsForNetwork' : 'ticket:noteStays')}
        </span>
        <Button
          type="submit"
          variant="default"
          loading={add.isPending}
          disabled={empty}
          leftSection={<Icon name="lock" size={14} />}
          title={t('ticket:send.keys')}
        >
          {t('ticket:addNote')}
        </Button>
      </div>
    </form>
  )
}
