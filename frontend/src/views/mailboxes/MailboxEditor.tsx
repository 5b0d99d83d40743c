import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { EntryProblem } from '../../components/EntryCard'
import { fieldWords, problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { changeMailbox, createMailbox, mailboxKeys, testMailbox } from '../../services/mailboxes'
import type { Mailbox } from '../../services/types'
import { useMay } from '../../services/useSession'
import { AnswerFields } from './AnswerFields'
import { AccountFields, IdentityFields, ReadingFields } from './MailboxFields'
import classes from './mailboxes.module.css'
import { EMPTY_FORM, formOf, type MailboxForm, settingsOf } from './mailboxForm'
import { TestResult } from './TestResult'
import { TrustFields } from './TrustFields'

/** One column, a test beside what it tests, and a bar to save with only when there is something to save. */
export function MailboxEditor({ mailbox }: { mailbox: Mailbox | null }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const canWrite = useMay('mailbox.write')
  const isNew = mailbox === null
  const [start] = useState<MailboxForm>(() => (mailbox ? formOf(mailbox) : EMPTY_FORM))
  const [form, setForm] = useState(start)
  const dirty = JSON.stringify(form) !== JSON.stringify(start)

  const test = useMutation({
    mutationFn: () => testMailbox(mailbox?.id ?? null, settingsOf(form, isNew)),
  })
  const save = useMutation({
    mutationFn: () =>
      mailbox
        ? changeMailbox(mailbox.id, settingsOf(form, false))
        : createMailbox(settingsOf(form, true)),
    onSuccess: (saved) => {
      client.setQueryData(mailboxKeys.detail(saved.id), saved)
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      showToast(t(isNew ? 'mailboxes:connected' : 'common:saved'))
      if (isNew)
        void navigate({
          to: '/mailboxes/$mailboxId',
          params: { mailboxId: saved.id },
          ignoreBlocker: true,
        })
    },
  })
  const blocker = useBlocker({
    shouldBlockFn: () => dirty && !save.isSuccess,
    enableBeforeUnload: () => dirty && !save.isSuccess,
    withResolver: true,
  })
  const problem = save.error ?? test.error
  const wrong = (field: string) => fieldWords(problem, field, t)
  const fields = { form, setForm, wrong, readOnly: !canWrite, isNew }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <IdentityFields {...fields} />
      <AccountFields side="imap" {...fields} />
      <AccountFields side="smtp" {...fields} />
      {canWrite && (
        <div style={{ marginTop: 16 }}>
          <Button
            variant="default"
            loading={test.isPending}
            onClick={(event) => {
              // The browser names what is missing, in the reader's language.
              if (event.currentTarget.form?.reportValidity()) test.mutate()
            }}
          >
            {t('mailboxes:test.run')}
          </Button>
          {test.data && <TestResult test={test.data} />}
        </div>
      )}
      <ReadingFields {...fields} />
      {!isNew && (
        <>
          <AnswerFields {...fields} />
          <TrustFields {...fields} />
        </>
      )}
      {problem && (
        <div style={{ marginTop: 16 }}>
          <EntryProblem text={t('common:saveProblem', { reason: problemWords(problem, t) })} />
        </div>
      )}
      {canWrite && (dirty || isNew) && (
        <div className={classes.saveBar}>
          <span className={classes.saveText}>
            {dirty ? t('common:unsaved') : t('mailboxes:fillIn')}
          </span>
          <Button variant="default" disabled={!dirty} onClick={() => setForm(start)}>
            {t('common:discard')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!dirty}>
            {t(isNew ? 'mailboxes:connect' : 'common:save')}
          </Button>
        </div>
      )}
      <ConfirmDialog
        opened={blocker.status === 'blocked'}
        title={t('mailboxes:leaveTitle')}
        action={t('mailboxes:leave')}
        onConfirm={() => blocker.proceed?.()}
        onClose={() => blocker.reset?.()}
      >
        {t('mailboxes:leaveText')}
      </ConfirmDialog>
    </form>
  )
}
