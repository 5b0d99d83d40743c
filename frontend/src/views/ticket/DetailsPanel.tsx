import { TagsInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { InlineText } from '../../components/InlineText'
import { TimeText } from '../../components/TimeText'
import { AssigneePicker, PriorityPicker, StatusPicker } from './FieldPickers'
import type { PanelProps } from './SidePanel'
import classes from './SidePanel.module.css'

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Every field is edited where it stands and saved at once. */
export function DetailsPanel({ ticket, actions, canWrite }: PanelProps) {
  const { t } = useTranslation()
  const picker = { ticket, actions, disabled: !canWrite }
  return (
    <>
      <dl className={classes.fields}>
        <Field label={t('common:field.status')}>
          <StatusPicker {...picker} />
        </Field>
        <Field label={t('common:field.priority')}>
          <PriorityPicker {...picker} />
        </Field>
        <Field label={t('common:field.assignee')}>
          <AssigneePicker {...picker} />
        </Field>
        {ticket.team && (
          <Field label={t('common:field.team')}>
            <span className={classes.plain}>{ticket.team.name}</span>
          </Field>
        )}
        <Field label={t('common:field.category')}>
          <InlineText
            value={ticket.category ?? ''}
            label={t('common:field.category')}
            placeholder={t('ticket:noCategory')}
            disabled={!canWrite}
            onSave={(category) => actions.change({ category })}
          />
        </Field>
      </dl>
      <h2 className={classes.heading}>{t('common:field.tags')}</h2>
      <TagsInput
        aria-label={t('common:field.tags')}
        placeholder={ticket.tags.length === 0 ? t('ticket:addTag') : undefined}
        value={ticket.tags}
        maxTags={30}
        readOnly={!canWrite}
        splitChars={[',', ';']}
        onChange={(tags) => actions.change({ tags })}
        comboboxProps={{ withinPortal: true }}
      />
      <h2 className={classes.heading}>{t('ticket:times')}</h2>
      <dl className={classes.fields}>
        <Field label={t('ticket:createdAt')}>
          <span className={classes.plain}>
            <TimeText at={ticket.created_at} form="short" />
          </span>
        </Field>
        <Field label={t('ticket:lastActivity')}>
          <span className={classes.plain}>
            <TimeText at={ticket.last_activity_at} form="short" />
          </span>
        </Field>
        {ticket.waiting_since && (
          <Field label={t('ticket:waitingSince')}>
            <span className={classes.plain}>
              <TimeText at={ticket.waiting_since} form="short" />
            </span>
          </Field>
        )}
        <Field label={t('common:field.mailbox')}>
          <span className={classes.plain}>{ticket.mailbox.name || ticket.mailbox.address}</span>
        </Field>
      </dl>
    </>
  )
}
