import { Button, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../components/EntryCard'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { postboxKey, writeToDesk } from '../../services/postbox'
import type { PostboxMessage } from '../../services/types'
import type { Customer } from './customers'
import classes from './PostboxPage.module.css'

interface LetterFormProps {
  customer: Customer
  deskAddress: string
  /** The mail this one answers. */
  answers?: PostboxMessage
  onSent: () => void
}

function replySubject(subject: string): string {
  return /^re:/i.test(subject) ? subject : `Re: ${subject}`
}

/** Writes to the desk as the customer. */
export function LetterForm({ customer, deskAddress, answers, onSent }: LetterFormProps) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [subject, setSubject] = useState(answers ? replySubject(answers.subject) : '')
  const [text, setText] = useState('')
  const send = useMutation({
    mutationFn: () => writeToDesk({ ...customer, subject, text, in_reply_to_uid: answers?.uid }),
    onSuccess: () => {
      showToast(t('postbox:sentToast'))
      void client.invalidateQueries({ queryKey: postboxKey(customer.address) })
      setText('')
      onSent()
    },
  })
  return (
    <form
      className={answers ? undefined : classes.sheet}
      onSubmit={(event) => {
        event.preventDefault()
        send.mutate()
      }}
    >
      {!answers && <h2 className={classes.subject}>{t('postbox:newLetter')}</h2>}
      <div className={classes.fields}>
        {!answers && (
          <>
            <div className={classes.to}>{t('postbox:toDesk', { address: deskAddress })}</div>
            <TextInput
              label={t('common:field.subject')}
              size="sm"
              autoFocus
              value={subject}
              onChange={(event) => setSubject(event.currentTarget.value)}
            />
          </>
        )}
        <Textarea
          label={t('postbox:message')}
          size="sm"
          autosize
          minRows={answers ? 4 : 8}
          required
          withAsterisk={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {send.error && (
          <EntryProblem
            text={t('postbox:sendProblem', {
              reason: problemWords(send.error, t),
            })}
          />
        )}
        <div>
          <Button
            type="submit"
            leftSection={<Icon name="send" />}
            loading={send.isPending}
            disabled={text.trim() === ''}
          >
            {t('postbox:send')}
          </Button>
        </div>
      </div>
    </form>
  )
}
