import { NumberInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import frame from '../../components/PageFrame.module.css'
import type { FieldsProps } from './MailboxFields'
import classes from './mailboxes.module.css'
import { bytesOf, type MailboxForm, megabytes } from './mailboxForm'

const LIMITS = ['messages_per_minute', 'recipients_per_day', 'smtp_connections'] as const

/** How long a reply can be taken back, and how much the provider lets out. */
export function SendingFields({ form, setForm, wrong, readOnly }: FieldsProps) {
  const { t } = useTranslation()
  const set = (part: Partial<MailboxForm>) => setForm({ ...form, ...part })
  return (
    <section aria-label={t('mailboxes:sending.title')}>
      <h2 className={frame.heading}>{t('mailboxes:sending.title')}</h2>
      <p className={frame.help}>{t('mailboxes:sending.help')}</p>
      <div className={classes.stack}>
        <NumberInput
          label={t('mailboxes:sending.undo_seconds')}
          description={t('mailboxes:sending.undo_secondsHelp')}
          min={0}
          max={120}
          allowDecimal={false}
          suffix=" s"
          readOnly={readOnly}
          value={form.undo_seconds}
          error={wrong('undo_seconds')}
          onChange={(value) => set({ undo_seconds: Number(value) || 0 })}
        />
        <NumberInput
          label={t('mailboxes:sending.largest_sent_bytes')}
          description={t('mailboxes:sending.largest_sent_bytesHelp')}
          placeholder={t('mailboxes:sending.usual')}
          min={0.1}
          max={200}
          decimalScale={1}
          suffix=" MB"
          readOnly={readOnly}
          value={megabytes(form.largest_sent_bytes)}
          error={wrong('largest_sent_bytes')}
          onChange={(value) => set({ largest_sent_bytes: bytesOf(value) })}
        />
        <div className={classes.thirds}>
          {LIMITS.map((name) => (
            <NumberInput
              key={name}
              label={t(`mailboxes:sending.${name}`)}
              placeholder={t('mailboxes:sending.usual')}
              min={1}
              allowDecimal={false}
              hideControls
              readOnly={readOnly}
              value={form[name] ?? ''}
              error={wrong(name)}
              onChange={(value) => set({ [name]: value === '' ? null : Number(value) })}
            />
          ))}
        </div>
      </div>
    </section>
  )
}
