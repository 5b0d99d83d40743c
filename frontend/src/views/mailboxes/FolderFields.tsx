import { Autocomplete, Button, Select, TagsInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { foldText } from '../../components/foldText'
import { Icon } from '../../components/Icon'
import frame from '../../components/PageFrame.module.css'
import type { ServerFolder } from '../../services/types'
import type { FieldsProps } from './MailboxFields'
import classes from './mailboxes.module.css'
import type { MailboxForm } from './mailboxForm'

const AFTER_READING = ['leave', 'mark_seen', 'move'] as const
const SENT_COPY = ['auto', 'always', 'never'] as const

interface FolderFieldsProps extends FieldsProps {
  /** As the server told; empty while it was not asked. */
  folders: ServerFolder[]
  /** Asks the server for its folders. */
  onAsk?: () => void
  asking?: boolean
}

/** Which folders are read, what becomes of a mail that was, and where copies of answers lie. */
export function FolderFields({ folders, onAsk, asking, ...fields }: FolderFieldsProps) {
  const { t } = useTranslation()
  const { form, setForm, wrong, readOnly } = fields
  const set = (part: Partial<MailboxForm>) => setForm({ ...form, ...part })
  const names = folders.filter(({ selectable }) => selectable).map(({ name }) => name)
  const sent = folders.find(({ special_use: use }) => /sent/i.test(use))?.name
  return (
    <section aria-label={t('mailboxes:reading.title')}>
      <h2 className={frame.heading}>{t('mailboxes:reading.title')}</h2>
      <p className={frame.help}>{t('mailboxes:reading.help')}</p>
      <div className={classes.stack}>
        <FolderInput
          label={t('mailboxes:folder')}
          names={names}
          readOnly={readOnly}
          value={form.imap_folder}
          error={wrong('imap_folder')}
          onChange={(imap_folder) => set({ imap_folder })}
        />
        <TagsInput
          label={t('mailboxes:furtherFolders')}
          description={t('mailboxes:furtherFoldersHelp')}
          readOnly={readOnly}
          data={names.filter((name) => name !== form.imap_folder)}
          value={form.further_folders}
          error={wrong('further_folders')}
          onChange={(further_folders) => set({ further_folders })}
        />
        {onAsk && !readOnly && names.length === 0 && (
          <Button
            className={classes.start}
            variant="default"
            loading={asking}
            leftSection={<Icon name="refresh" size={14} />}
            onClick={onAsk}
          >
            {t('mailboxes:askFolders')}
          </Button>
        )}
        <Select
          label={t('mailboxes:after.title')}
          allowDeselect={false}
          readOnly={readOnly}
          data={AFTER_READING.map((value) => ({ value, label: t(`mailboxes:after.${value}`) }))}
          value={form.after_reading}
          error={wrong('after_reading')}
          onChange={(value) =>
            set({ after_reading: AFTER_READING.find((one) => one === value) ?? 'leave' })
          }
        />
        {form.after_reading === 'move' && (
          <FolderInput
            label={t('mailboxes:moveTo')}
            required
            names={names.filter((name) => name !== form.imap_folder)}
            readOnly={readOnly}
            value={form.move_to}
            error={wrong('move_to')}
            onChange={(move_to) => set({ move_to })}
          />
        )}
        <Select
          label={t('mailboxes:sentCopy.title')}
          description={t('mailboxes:sentCopy.help')}
          allowDeselect={false}
          readOnly={readOnly}
          data={SENT_COPY.map((value) => ({ value, label: t(`mailboxes:sentCopy.${value}`) }))}
          value={form.sent_copy}
          error={wrong('sent_copy')}
          onChange={(value) => set({ sent_copy: SENT_COPY.find((one) => one === value) ?? 'auto' })}
        />
        {form.sent_copy !== 'never' && (
          <FolderInput
            label={t('mailboxes:sentFolder')}
            names={names}
            placeholder={sent ?? t('mailboxes:sentFolderAuto')}
            readOnly={readOnly}
            value={form.sent_folder}
            error={wrong('sent_folder')}
            onChange={(sent_folder) => set({ sent_folder })}
          />
        )}
      </div>
    </section>
  )
}

interface FolderInputProps {
  label: string
  names: string[]
  value: string
  error?: string
  required?: boolean
  placeholder?: string
  readOnly: boolean
  onChange: (name: string) => void
}

/** A folder by name; those the server has are proposed. */
function FolderInput({ names, required, ...input }: FolderInputProps) {
  return (
    <Autocomplete
      data={names}
      filter={({ options, search }) => {
        // A folder that is chosen must not hide the others.
        if (names.includes(search)) return options
        return options.filter(
          (one) => 'value' in one && foldText(one.value).includes(foldText(search)),
        )
      }}
      required={required}
      withAsterisk={false}
      {...input}
    />
  )
}
