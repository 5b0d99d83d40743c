import { NumberInput, PasswordInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import frame from '../../components/PageFrame.module.css'
import type { Security } from '../../services/types'
import classes from './mailboxes.module.css'
import { type MailboxForm, withSecurity } from './mailboxForm'

export interface FieldsProps {
  form: MailboxForm
  setForm: (form: MailboxForm) => void
  /** What is wrong with a field, in words. */
  wrong: (field: string) => string | undefined
  readOnly: boolean
}

const SECURITIES: Security[] = ['tls', 'starttls', 'none']

export function IdentityFields({ form, setForm, wrong, readOnly }: FieldsProps) {
  const { t } = useTranslation()
  const setAddress = (address: string) =>
    setForm({
      ...form,
      address,
      imap_username: form.imap_username === form.address ? address : form.imap_username,
      smtp_username: form.smtp_username === form.address ? address : form.smtp_username,
    })
  return (
    <div className={classes.stack}>
      <TextInput
        label={t('mailboxes:address')}
        description={t('mailboxes:addressHelp')}
        type="email"
        required
        withAsterisk={false}
        readOnly={readOnly}
        value={form.address}
        error={wrong('address')}
        onChange={(event) => setAddress(event.currentTarget.value.trim())}
      />
      <TextInput
        label={t('mailboxes:name')}
        description={t('mailboxes:nameHelp')}
        readOnly={readOnly}
        value={form.name}
        error={wrong('name')}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
      />
      <TagsInput
        label={t('mailboxes:aliases')}
        description={t('mailboxes:aliasesHelp')}
        readOnly={readOnly}
        splitChars={[',', ';', ' ']}
        value={form.aliases}
        error={wrong('aliases')}
        onChange={(aliases) => setForm({ ...form, aliases })}
      />
    </div>
  )
}

interface AccountFieldsProps extends FieldsProps {
  side: 'imap' | 'smtp'
  /** What an empty password means; left out: the account signs in without one. */
  password?: string
}

/** A server and who signs in there. */
export function AccountFields({
  side,
  form,
  setForm,
  wrong,
  readOnly,
  password,
}: AccountFieldsProps) {
  const { t } = useTranslation()
  const set = (part: Partial<MailboxForm>) => setForm({ ...form, ...part })
  const error = (name: string) => wrong(`${side}_${name}`)
  return (
    <section>
      <h2 className={frame.heading}>{t(`mailboxes:${side}.title`)}</h2>
      <p className={frame.help}>{t(`mailboxes:${side}.help`)}</p>
      <div className={classes.stack}>
        <div className={classes.three}>
          <TextInput
            label={t('mailboxes:host')}
            required
            withAsterisk={false}
            readOnly={readOnly}
            autoComplete="off"
            value={form[`${side}_host`]}
            error={error('host')}
            onChange={(event) => set({ [`${side}_host`]: event.currentTarget.value.trim() })}
          />
          <NumberInput
            label={t('mailboxes:port')}
            min={1}
            max={65535}
            hideControls
            allowDecimal={false}
            readOnly={readOnly}
            value={form[`${side}_port`]}
            error={error('port')}
            onChange={(value) => set({ [`${side}_port`]: Number(value) })}
          />
          <Select
            label={t('mailboxes:security.title')}
            allowDeselect={false}
            readOnly={readOnly}
            data={SECURITIES.map((value) => ({ value, label: t(`mailboxes:security.${value}`) }))}
            value={form[`${side}_security`]}
            error={error('security')}
            onChange={(value) => value && setForm(withSecurity(form, side, value as Security))}
          />
        </div>
        <div className={password === undefined ? undefined : classes.two}>
          <TextInput
            label={t('mailboxes:username')}
            required={side === 'imap'}
            withAsterisk={false}
            readOnly={readOnly}
            autoComplete="off"
            value={form[`${side}_username`]}
            error={error('username')}
            onChange={(event) => set({ [`${side}_username`]: event.currentTarget.value })}
          />
          {password !== undefined && (
            <PasswordInput
              label={t('mailboxes:password')}
              readOnly={readOnly}
              autoComplete="new-password"
              placeholder={password}
              visibilityToggleButtonProps={{ 'aria-label': t('entry:showPassword') }}
              value={form[`${side}_password`]}
              error={error('password')}
              onChange={(event) => set({ [`${side}_password`]: event.currentTarget.value })}
            />
          )}
        </div>
      </div>
    </section>
  )
}

/** What stands under each answer. */
export function SignatureField({ form, setForm, wrong, readOnly }: FieldsProps) {
  const { t } = useTranslation()
  return (
    <Textarea
      label={t('mailboxes:signature')}
      description={t('mailboxes:signatureHelp')}
      autosize
      minRows={3}
      maxRows={10}
      readOnly={readOnly}
      value={form.signature}
      error={wrong('signature')}
      onChange={(event) => setForm({ ...form, signature: event.currentTarget.value })}
    />
  )
}
