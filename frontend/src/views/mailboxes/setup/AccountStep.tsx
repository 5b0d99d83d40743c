import { Button, Group, PasswordInput, Stack } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../../components/EntryCard'
import { Icon } from '../../../components/Icon'
import { fieldWords, problemWords } from '../../../components/problemWords'
import type { MailboxTest } from '../../../services/types'
import { AccountFields, type FieldsProps } from '../MailboxFields'
import { TestResult } from '../TestResult'
import { Found } from './Found'
import { ProviderSignIn } from './ProviderSignIn'
import type { StepProps } from './SetupWizard'
import classes from './setup.module.css'

interface AccountStepProps extends StepProps {
  test: UseMutationResult<MailboxTest, Error, void>
}

/** Who signs in where, tried at once step by step. */
export function AccountStep({ setup, change, setForm, go, test }: AccountStepProps) {
  const { t } = useTranslation()
  const { form, found } = setup
  const byPassword = form.sign_in === 'password'
  const unsure = found === null || found.source === 'guess'
  const [unfolded, setUnfolded] = useState(unsure)
  const passed = test.data?.ok === true && !test.isPending
  const ready = byPassword ? form.imap_password !== '' : form.oauth_request !== ''
  const next = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (passed) next.current?.focus()
  }, [passed])
  const fields: FieldsProps = {
    form,
    setForm: (changed) => {
      test.reset()
      setForm(changed)
    },
    wrong: (field) => fieldWords(test.error, field, t),
    readOnly: false,
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (passed) go('start')
        else test.mutate()
      }}
    >
      <Stack gap="md">
        <Found setup={setup} onChangeAddress={() => go('address')} />
        <ProviderSignIn setup={setup} change={change} />
        {byPassword && <Password fields={fields} setup={setup} />}
        <div>
          <button
            type="button"
            className={classes.fold}
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            <Icon name={unfolded ? 'chevronDown' : 'chevronRight'} size={12} />
            {t('mailboxes:setup.servers')}
          </button>
          {unfolded && (
            <>
              <AccountFields side="imap" {...fields} />
              <AccountFields
                side="smtp"
                {...fields}
                password={byPassword ? t('mailboxes:setup.samePassword') : undefined}
              />
            </>
          )}
        </div>
        {test.error && <EntryProblem text={problemWords(test.error, t)} />}
        {(test.isPending || test.data) && (
          <TestResult test={test.data} running={test.isPending} form={form} exchange />
        )}
        {passed && (
          <p className={classes.passed} role="status">
            <Icon name="checkCircle" />
            {t('mailboxes:setup.passed')}
          </p>
        )}
        <Group justify="flex-end" gap="xs">
          {test.data && !passed && !test.isPending && (
            <Button variant="subtle" color="gray" onClick={() => go('start')}>
              {t('mailboxes:setup.anyway')}
            </Button>
          )}
          {passed && (
            <Button variant="default" onClick={() => test.mutate()}>
              {t('mailboxes:setup.testAgain')}
            </Button>
          )}
          <Button type="submit" ref={next} loading={test.isPending} disabled={!ready}>
            {t(passed ? 'mailboxes:setup.next' : 'mailboxes:setup.test')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Password({ fields, setup }: { fields: FieldsProps; setup: StepProps['setup'] }) {
  const { t, i18n } = useTranslation()
  const { form, setForm, wrong } = fields
  const advice = setup.found?.advice_code ?? ''
  const hint =
    advice && i18n.exists(`mailboxes:hint.${advice}`) ? t(`mailboxes:hint.${advice}`) : ''
  return (
    <div>
      {hint && (
        <p className={classes.hint}>
          <Icon name="info" size={14} />
          {hint}
        </p>
      )}
      <PasswordInput
        label={t('mailboxes:setup.password', { address: form.imap_username || form.address })}
        description={t('mailboxes:setup.passwordHelp')}
        autoComplete="new-password"
        autoFocus
        visibilityToggleButtonProps={{ 'aria-label': t('entry:showPassword') }}
        value={form.imap_password}
        error={wrong('imap_password')}
        onChange={(event) => setForm({ ...form, imap_password: event.currentTarget.value })}
      />
    </div>
  )
}
