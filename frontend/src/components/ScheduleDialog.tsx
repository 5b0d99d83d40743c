import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNow } from './clock'
import { IfAnsweredChoice } from './IfAnsweredChoice'
import { momentInFull, momentText, zoneName } from './relativeTime'
import classes from './ScheduleDialog.module.css'
import { sendTimeProblem, sendTimes } from './sendTimes'
import { TimeField } from './TimeField'
import { useTimeStyle } from './TimeText'
import { dateText, instantOf, readWallTime, timeText, wallTimeOf } from './zonedTime'

type IfAnswered = 'hold' | 'cancel' | 'send'

interface ScheduleDialogProps {
  /** The customer. */
  name: string
  /** ISO; where the fields begin, tomorrow morning when left out. */
  at?: string
  ifAnswered: IfAnswered
  action: string
  busy: boolean
  onSchedule: (schedule: { send_at: string; if_answered: IfAnswered }) => void
  onClose: () => void
}

/** When a reply leaves, in the reader's time zone, and what happens when the customer writes first. */
export function ScheduleDialog(props: ScheduleDialogProps) {
  const { t } = useTranslation()
  const style = useTimeStyle()
  const now = useNow()
  const proposals = sendTimes(now, style.timeZone)
  const [ifAnswered, setIfAnswered] = useState(props.ifAnswered)
  const [wall, setWall] = useState(() => {
    const first = props.at ? Date.parse(props.at) : (proposals[0]?.at ?? now)
    const start = wallTimeOf(first, style.timeZone)
    return { date: dateText(start), time: timeText(start) }
  })
  const read = readWallTime(wall.date, wall.time)
  const at = read && instantOf(read, style.timeZone)
  const problem = sendTimeProblem(at, Date.now())

  const choose = (moment: number) => {
    const next = wallTimeOf(moment, style.timeZone)
    setWall({ date: dateText(next), time: timeText(next) })
  }
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t('sending:later.title')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          event.stopPropagation()
          if (at === null || problem) return
          props.onSchedule({ send_at: new Date(at).toISOString(), if_answered: ifAnswered })
        }}
      >
        <Stack gap="md">
          <div className={classes.proposals}>
            {proposals.map((one) => (
              <button
                key={one.name}
                type="button"
                className={classes.proposal}
                aria-pressed={at === one.at}
                onClick={() => choose(one.at)}
              >
                <span>{t(`sending:later.${one.name}`)}</span>
                <span className={classes.moment}>{momentText(one.at, now, style)}</span>
              </button>
            ))}
          </div>
          <div className={classes.fields}>
            <TextInput
              type="date"
              label={t('sending:later.date')}
              data-autofocus
              required
              withAsterisk={false}
              value={wall.date}
              onChange={(event) => setWall({ ...wall, date: event.currentTarget.value })}
            />
            <TimeField
              label={t('sending:later.time')}
              visibleLabel
              value={wall.time}
              onChange={(time) => setWall({ ...wall, time })}
            />
          </div>
          <p className={classes.summary} role="status" data-wrong={problem ?? undefined}>
            {problem
              ? t(`sending:later.${problem}`)
              : t('sending:later.leaves', { moment: at === null ? '' : momentInFull(at, style) })}
            {!problem && at !== null && <span className={classes.zone}>{zoneName(at, style)}</span>}
          </p>
          <IfAnsweredChoice name={props.name} value={ifAnswered} onChange={setIfAnswered} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={props.onClose}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={props.busy} disabled={problem !== null}>
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
