import { Select, Switch, Tabs } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import frame from '../../components/PageFrame.module.css'
import type { FieldsProps } from './MailboxFields'
import classes from './mailboxes.module.css'
import type { MailboxForm } from './mailboxForm'
import { TextWithVariables } from './TextWithVariables'
import { WorkingHoursEditor } from './WorkingHoursEditor'

const TIME_ZONES = Intl.supportedValuesOf('timeZone')
const TEXTS = ['pt', 'en'] as const

/** Whether and how the desk says by itself that a mail arrived. */
export function AnswerFields({ form, setForm, wrong, readOnly }: FieldsProps) {
  const { t } = useTranslation()
  const set = (part: Partial<MailboxForm>) => setForm({ ...form, ...part })
  const { time_zone: zone } = form
  const own = zone === '' || TIME_ZONES.includes(zone) ? [] : [zone]
  return (
    <section aria-label={t('mailboxes:answers.title')}>
      <h2 className={frame.heading}>{t('mailboxes:answers.title')}</h2>
      <p className={frame.help}>{t('mailboxes:answers.help')}</p>
      <div className={classes.stack}>
        <Switch
          size="xs"
          label={t('mailboxes:answers.acknowledge')}
          description={t('mailboxes:answers.acknowledgeHelp')}
          disabled={readOnly}
          checked={form.acknowledge}
          onChange={(event) => set({ acknowledge: event.currentTarget.checked })}
        />
        {form.acknowledge && (
          <>
            <AnswerTexts form={form} setForm={setForm} wrong={wrong} readOnly={readOnly} />
            <WorkingHoursEditor
              hours={form.working_hours}
              readOnly={readOnly}
              error={wrong('working_hours')}
              onChange={(working_hours) => set({ working_hours })}
            />
            <Select
              label={t('mailboxes:answers.timeZone')}
              searchable
              allowDeselect={false}
              limit={60}
              readOnly={readOnly}
              data={[
                { value: '', label: t('mailboxes:answers.deskZone') },
                ...own.concat(TIME_ZONES).map((value) => ({ value, label: value })),
              ]}
              value={zone}
              error={wrong('time_zone')}
              onChange={(value) => set({ time_zone: value ?? '' })}
            />
          </>
        )}
      </div>
    </section>
  )
}

function AnswerTexts({ form, setForm, wrong, readOnly }: FieldsProps) {
  const { t, i18n } = useTranslation()
  const [language, setLanguage] = useState<string | null>(i18n.language === 'en' ? 'en' : 'pt')
  return (
    <Tabs value={language} onChange={setLanguage} keepMounted={false}>
      <Tabs.List>
        {TEXTS.map((one) => (
          <Tabs.Tab
            key={one}
            value={one}
            color={
              wrong(`acknowledgement_${one}`) || wrong(`out_of_hours_${one}`) ? 'red' : undefined
            }
          >
            {t(`mailboxes:answers.${one}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {TEXTS.map((one) => (
        <Tabs.Panel key={one} value={one} pt="sm">
          <div className={classes.stack}>
            <TextWithVariables
              label={t('mailboxes:answers.text')}
              description={t('mailboxes:answers.textHelp')}
              readOnly={readOnly}
              value={form[`acknowledgement_${one}`]}
              error={wrong(`acknowledgement_${one}`)}
              onChange={(text) => setForm({ ...form, [`acknowledgement_${one}`]: text })}
            />
            <TextWithVariables
              label={t('mailboxes:answers.away')}
              description={t('mailboxes:answers.awayHelp')}
              readOnly={readOnly}
              value={form[`out_of_hours_${one}`]}
              error={wrong(`out_of_hours_${one}`)}
              onChange={(text) => setForm({ ...form, [`out_of_hours_${one}`]: text })}
            />
          </div>
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
