import { Button, Group, Radio, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../../components/EntryCard'
import { Icon } from '../../../components/Icon'
import frame from '../../../components/PageFrame.module.css'
import { fieldWords, problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import { createMailbox, mailboxKeys } from '../../../services/mailboxes'
import type { ServerFolder } from '../../../services/types'
import { FolderFields } from '../FolderFields'
import { type FieldsProps, SignatureField } from '../MailboxFields'
import { settingsOf, withOnePassword } from '../mailboxForm'
import { SendingFields } from '../SendingFields'
import type { StepProps } from './SetupWizard'
import classes from './setup.module.css'
import { dropSetup } from './wizardStore'

/** What is read of what lies there, and everything that has a sensible answer already. */
export function StartStep({
  setup,
  change,
  setForm,
  folders,
}: StepProps & { folders: ServerFolder[] }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [unfolded, setUnfolded] = useState(false)
  const { form, start } = setup
  const create = useMutation({
    mutationFn: () => createMailbox(settingsOf(withOnePassword(form), start)),
    onSuccess: (saved) => {
      dropSetup()
      client.setQueryData(mailboxKeys.detail(saved.id), saved)
      void client.invalidateQueries({ queryKey: mailboxKeys.list })
      showToast(t('mailboxes:connected'))
      void navigate({
        to: '/mailboxes/$mailboxId',
        params: { mailboxId: saved.id },
        ignoreBlocker: true,
      })
    },
  })
  const fields: FieldsProps = {
    form,
    setForm,
    wrong: (field) => fieldWords(create.error, field, t),
    readOnly: false,
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate()
      }}
    >
      <Stack gap="md">
        <TextInput
          className={classes.first}
          label={t('mailboxes:name')}
          description={t('mailboxes:nameHelp')}
          autoFocus
          value={form.name}
          error={fields.wrong('name')}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <ImportChoiceFields start={start} change={change} wrong={fields.wrong} />
        <div>
          <button
            type="button"
            className={classes.fold}
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            <Icon name={unfolded ? 'chevronDown' : 'chevronRight'} size={12} />
            {t('mailboxes:setup.more')}
          </button>
          {unfolded && (
            <>
              <FolderFields {...fields} folders={folders} />
              <SendingFields {...fields} />
              <div className={classes.apart}>
                <SignatureField {...fields} />
              </div>
            </>
          )}
        </div>
        {create.error && (
          <EntryProblem text={t('common:saveProblem', { reason: problemWords(create.error, t) })} />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {t('mailboxes:connect')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

type ImportProps = Pick<StepProps, 'change'> & {
  start: StepProps['setup']['start']
  wrong: FieldsProps['wrong']
}

function ImportChoiceFields({ start, change, wrong }: ImportProps) {
  const { t } = useTranslation()
  return (
    <div>
      <Radio.Group
        label={t('mailboxes:import.title')}
        value={start.mode}
        onChange={(mode) =>
          change({ start: { ...start, mode: mode === 'since' ? 'since' : 'now' } })
        }
      >
        <Stack gap={8} mt={6}>
          {(['now', 'since'] as const).map((mode) => (
            <Radio
              key={mode}
              size="xs"
              value={mode}
              label={t(`mailboxes:import.${mode}`)}
              description={t(`mailboxes:import.${mode}Help`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {start.mode === 'since' && (
        <div className={classes.since}>
          <TextInput
            type="date"
            label={t('mailboxes:import.date')}
            required
            withAsterisk={false}
            value={start.since ?? ''}
            error={wrong('import')}
            onChange={(event) => change({ start: { ...start, since: event.currentTarget.value } })}
          />
          <p className={frame.help}>
            <Icon name="lock" size={14} />
            {t('mailboxes:import.silent')}
          </p>
        </div>
      )}
    </div>
  )
}
