import { ActionIcon, Checkbox, Input } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { TimeField } from '../../components/TimeField'
import type { WorkingHours } from '../../services/types'
import classes from './hours.module.css'
import {
  DAYS,
  type Day,
  isAlwaysOpen,
  MOST_WINDOWS,
  onWorkdays,
  opened,
  problemOf,
  type Window,
  windowsOf,
  withWindow,
} from './workingHours'

interface WorkingHoursEditorProps {
  hours: WorkingHours
  onChange: (hours: WorkingHours) => void
  readOnly: boolean
  error?: string
}

/** The hours in which somebody answers: for each day none, one or several windows. */
export function WorkingHoursEditor({ hours, onChange, readOnly, error }: WorkingHoursEditorProps) {
  const { t } = useTranslation()
  const first = DAYS.find((day) => windowsOf(hours, day).length > 0)
  return (
    <Input.Wrapper
      label={t('mailboxes:hours.title')}
      labelElement="div"
      description={t('mailboxes:hours.help')}
      error={error}
    >
      <div className={classes.week}>
        {DAYS.map((day) => (
          <DayRow key={day} day={day} hours={hours} readOnly={readOnly} onChange={onChange} />
        ))}
      </div>
      <div className={classes.foot}>
        {isAlwaysOpen(hours) && <span role="status">{t('mailboxes:hours.always')}</span>}
        {first && !readOnly && (
          <button
            type="button"
            className={classes.link}
            onClick={() => onChange(onWorkdays(hours, first))}
          >
            <Icon name="copy" size={13} />
            {t('mailboxes:hours.copy', { day: t(`mailboxes:hours.${first}`) })}
          </button>
        )}
      </div>
    </Input.Wrapper>
  )
}

interface DayRowProps {
  day: Day
  hours: WorkingHours
  readOnly: boolean
  onChange: (hours: WorkingHours) => void
}

function DayRow({ day, hours, readOnly, onChange }: DayRowProps) {
  const { t } = useTranslation()
  const windows = windowsOf(hours, day)
  const name = t(`mailboxes:hours.${day}`)
  const problem = problemOf(windows)
  const set = (next: Window[]) => onChange({ ...hours, [day]: next })
  return (
    <div className={classes.day} role="group" aria-label={name}>
      <Checkbox
        size="xs"
        className={classes.name}
        label={name}
        disabled={readOnly}
        checked={windows.length > 0}
        onChange={(event) => (event.currentTarget.checked ? onChange(opened(hours, day)) : set([]))}
      />
      <div className={classes.windows}>
        {windows.length === 0 && (
          <span className={classes.closed}>{t('mailboxes:hours.closed')}</span>
        )}
        {windows.map((window, at) => (
          <WindowFields
            // biome-ignore lint/suspicious/noArrayIndexKey: windows have no other name while typed
            key={at}
            window={window}
            readOnly={readOnly}
            onChange={(next) => set(windows.map((one, index) => (index === at ? next : one)))}
            onRemove={() => set(windows.filter((_, index) => index !== at))}
          />
        ))}
        {problem && (
          <span className={classes.problem} role="alert">
            {t(`mailboxes:hours.${problem}`)}
          </span>
        )}
      </div>
      {windows.length > 0 && windows.length < MOST_WINDOWS && !readOnly && (
        <ActionIcon
          aria-label={t('mailboxes:hours.add', { day: name })}
          title={t('mailboxes:hours.add', { day: name })}
          onClick={() => onChange(withWindow(hours, day))}
        >
          <Icon name="plus" size={14} />
        </ActionIcon>
      )}
    </div>
  )
}

interface WindowFieldsProps {
  window: Window
  readOnly: boolean
  onChange: (window: Window) => void
  onRemove: () => void
}

function WindowFields({ window: [start, end], readOnly, onChange, onRemove }: WindowFieldsProps) {
  const { t } = useTranslation()
  return (
    <span className={classes.window}>
      <TimeField
        label={t('mailboxes:hours.from')}
        readOnly={readOnly}
        value={start}
        onChange={(time) => onChange([time, end])}
      />
      <span aria-hidden="true">–</span>
      <TimeField
        label={t('mailboxes:hours.until')}
        readOnly={readOnly}
        value={end}
        onChange={(time) => onChange([start, time])}
      />
      {!readOnly && (
        <ActionIcon
          aria-label={t('mailboxes:hours.remove', { from: start, until: end })}
          onClick={onRemove}
        >
          <Icon name="close" size={14} />
        </ActionIcon>
      )}
    </span>
  )
}
