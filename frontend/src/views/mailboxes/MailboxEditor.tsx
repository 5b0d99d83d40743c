import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../components/EntryCard'
import { fieldWords, problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { changeMailbox, mailboxKeys, testMailbox } from '../../services/mailboxes'
import type { Mailbox } from '../../services/types'
import { useMay } from '../../services/useSession'
import { AnswerFields } from './AnswerFields'
import { FolderFields } from './FolderFields'
import { LeaveDialog } from './LeaveDialog'
import { AccountFields, type FieldsProps, IdentityFields, SignatureField } from './MailboxFields'
import classes from './mailboxes.module.css'
import { formOf, type MailboxForm, settingsOf, testOf } from './mailboxForm'
import { SendingFields } from './SendingFields'
import { SignInCard } from './SignInCard'
import { TestResult } from './TestResult'
import { TrustFields } from './TrustFields'

/** All settings in one column, a test beside what it tests, and a bar to save with when there is something to save. */
export function MailboxEditor({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const canWrite = useMay('mailbox.write')
  const [start] = useState<MailboxForm>(() => formOf(mailbox))
  const [form, setForm] = useState(start)
  const dirty = JSON.stringify(form) !== JSON.stringify(start)
  const test = useMutation({
    mutationFn: (exchange: boolean) => testMailbox(mailbox.id, testOf(form, exchange)),
  })
  const save = useMutation({
    mutationFn: () => changeMailbox(mailbox.id, settingsOf(form)),
    onSuccess: (saved) => {
      client.setQueryData(mailboxKeys.detail(saved.id), saved)
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      showToast(t('common:saved'))
    },
  })
  const problem = save.error ?? test.error
  const fields: FieldsProps = {
    form,
    setForm,
    wrong: (field) => fieldWords(problem, field, t),
    readOnly: !canWrite,
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <IdentityFields {...fields} />
      <SignInCard mailbox={mailbox} canWrite={canWrite} />
      <Account fields={fields} />
      {canWrite && (
        <div className={classes.tests}>
          {[false, true].map((exchange) => (
            <Button
              key={String(exchange)}
              variant="default"
              loading={test.isPending && test.variables === exchange}
              disabled={test.isPending}
              onClick={(event) => {
                // The browser names what is missing, in the reader's language.
                if (event.currentTarget.form?.reportValidity()) test.mutate(exchange)
              }}
            >
              {t(exchange ? 'mailboxes:test.exchange' : 'mailboxes:test.run')}
            </Button>
          ))}
        </div>
      )}
      {(test.isPending || test.data) && (
        <TestResult
          test={test.data}
          running={test.isPending}
          form={form}
          exchange={test.variables}
        />
      )}
      <FolderFields
        {...fields}
        folders={test.data?.folders ?? []}
        onAsk={() => test.mutate(false)}
        asking={test.isPending}
      />
      <SendingFields {...fields} />
      <div className={classes.apart}>
        <SignatureField {...fields} />
      </div>
      <AnswerFields {...fields} />
      <TrustFields {...fields} />
      {problem && (
        <div className={classes.apart}>
          <EntryProblem text={t('common:saveProblem', { reason: problemWords(problem, t) })} />
        </div>
      )}
      {canWrite && dirty && <SaveBar busy={save.isPending} onDiscard={() => setForm(start)} />}
      <LeaveDialog dirty={dirty && !save.isSuccess} />
    </form>
  )
}

function Account({ fields }: { fields: FieldsProps }) {
  const { t } = useTranslation()
  const stored = fields.form.sign_in === 'password' ? t('mailboxes:passwordKept') : undefined
  return (
    <>
      <AccountFields side="imap" {...fields} password={stored} />
      <AccountFields side="smtp" {...fields} password={stored} />
    </>
  )
}

function SaveBar({ busy, onDiscard }: { busy: boolean; onDiscard: () => void }) {
  const { t } = useTranslation()
  return (
    <div className={classes.saveBar}>
      <span className={classes.saveText}>{t('common:unsaved')}</span>
      <Button variant="default" onClick={onDiscard}>
        {t('common:discard')}
      </Button>
      <Button type="submit" loading={busy}>
        {t('common:save')}
      </Button>
    </div>
  )
}
