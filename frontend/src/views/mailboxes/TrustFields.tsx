import { ActionIcon, Button, Input, NumberInput, Switch, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import frame from '../../components/PageFrame.module.css'
import type { PartnerDesk } from '../../services/types'
import type { FieldsProps } from './MailboxFields'
import classes from './mailboxes.module.css'
import type { MailboxForm } from './mailboxForm'

const SWITCHES = ['trust_spam_verdict', 'share_conversations', 'plus_addressing'] as const

/** Whom this mailbox believes, and which mails it takes for one conversation. */
export function TrustFields({ form, setForm, wrong, readOnly }: FieldsProps) {
  const { t } = useTranslation()
  const set = (part: Partial<MailboxForm>) => setForm({ ...form, ...part })
  return (
    <section aria-label={t('mailboxes:trust.title')}>
      <h2 className={frame.heading}>{t('mailboxes:trust.title')}</h2>
      <p className={frame.help}>{t('mailboxes:trust.help')}</p>
      <div className={classes.stack}>
        <TextInput
          label={t('mailboxes:trust.authserv_id')}
          description={t('mailboxes:trust.authserv_idHelp')}
          autoComplete="off"
          readOnly={readOnly}
          value={form.authserv_id}
          error={wrong('authserv_id')}
          onChange={(event) => set({ authserv_id: event.currentTarget.value.trim() })}
        />
        {SWITCHES.map((name) => (
          <Switch
            key={name}
            size="xs"
            label={t(`mailboxes:trust.${name}`)}
            description={t(`mailboxes:trust.${name}Help`)}
            disabled={readOnly}
            checked={form[name]}
            error={wrong(name)}
            onChange={(event) => set({ [name]: event.currentTarget.checked })}
          />
        ))}
        <NumberInput
          label={t('mailboxes:trust.reopen_days')}
          description={t('mailboxes:trust.reopen_daysHelp')}
          min={0}
          max={3650}
          allowDecimal={false}
          readOnly={readOnly}
          value={form.reopen_days}
          error={wrong('reopen_days')}
          onChange={(value) => set({ reopen_days: Number(value) })}
        />
        <PartnerDesks
          desks={form.partner_desks}
          readOnly={readOnly}
          error={wrong('partner_desks')}
          onChange={(partner_desks) => set({ partner_desks })}
        />
      </div>
    </section>
  )
}

interface PartnerDesksProps {
  desks: PartnerDesk[]
  readOnly: boolean
  error?: string
  onChange: (desks: PartnerDesk[]) => void
}

/** Desks of partners that number their own mails, such as INC0012345 (T20). */
function PartnerDesks({ desks, readOnly, error, onChange }: PartnerDesksProps) {
  const { t } = useTranslation()
  const change = (at: number, part: Partial<PartnerDesk>) =>
    onChange(desks.map((desk, index) => (index === at ? { ...desk, ...part } : desk)))
  return (
    <Input.Wrapper
      label={t('mailboxes:trust.partners')}
      labelElement="div"
      description={t('mailboxes:trust.partnersHelp')}
      error={error}
    >
      {/* biome-ignore-start lint/suspicious/noArrayIndexKey: the rows have no other name while typed */}
      {desks.map((desk, index) => (
        <div className={classes.partner} key={index}>
          <TextInput
            aria-label={t('mailboxes:trust.domain')}
            readOnly={readOnly}
            value={desk.domain}
            onChange={(event) => change(index, { domain: event.currentTarget.value.trim() })}
          />
          <TextInput
            aria-label={t('mailboxes:trust.prefix')}
            readOnly={readOnly}
            value={desk.prefix}
            onChange={(event) => change(index, { prefix: event.currentTarget.value.trim() })}
          />
          <ActionIcon
            disabled={readOnly}
            aria-label={t('mailboxes:trust.removePartner', { domain: desk.domain })}
            onClick={() => onChange(desks.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </ActionIcon>
        </div>
      ))}
      {/* biome-ignore-end lint/suspicious/noArrayIndexKey: see above */}
      {!readOnly && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<Icon name="plus" />}
          onClick={() => onChange([...desks, { domain: '', prefix: '' }])}
        >
          {t('mailboxes:trust.addPartner')}
        </Button>
      )}
    </Input.Wrapper>
  )
}
