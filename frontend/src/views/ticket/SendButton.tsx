import { Button, Menu } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useNow } from '../../components/clock'
import { Icon, type IconName } from '../../components/Icon'
import { IF_ANSWERED } from '../../components/IfAnsweredChoice'
import { momentText } from '../../components/relativeTime'
import { sendTimes } from '../../components/sendTimes'
import { useTimeStyle } from '../../components/TimeText'
import { type Preferences, usePreference } from '../../services/preferences'
import type { Schedule } from '../../services/types'
import classes from './Composer.module.css'

export type SendAction = Preferences['sendAction']

const ACTIONS: { action: SendAction; icon: IconName }[] = [
  { action: 'send', icon: 'send' },
  { action: 'resolve', icon: 'checkCircle' },
  { action: 'wait', icon: 'clock' },
]
/** Inside the page's main part, so that who jumps between landmarks finds it. */
const MAIN = '#main'
const AFTER_SEND = ['stay', 'next', 'list'] as const

interface SendButtonProps {
  action: SendAction
  recipient: string
  /** The customer. */
  name: string
  busy: boolean
  disabled: boolean
  onSend: (action: SendAction) => void
  onLater: (schedule: Schedule) => void
  onPick: () => void
}

/** Does what was done last time; the arrow offers the other ways and other moments. */
export function SendButton({ action, recipient, busy, disabled, ...props }: SendButtonProps) {
  const { t } = useTranslation()
  const label =
    action === 'send' ? t('ticket:send.to', { address: recipient }) : t(`ticket:send.${action}`)
  return (
    <div className={classes.split}>
      <Button
        loading={busy}
        disabled={disabled}
        onClick={() => props.onSend(action)}
        title={t('ticket:send.keys')}
      >
        {label}
      </Button>
      <Menu position="top-end" width={300} hideDetached={false} portalProps={{ target: MAIN }}>
        <Menu.Target>
          <Button px={6} disabled={busy || disabled} aria-label={t('ticket:send.choose')}>
            <Icon name="chevronDown" />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {ACTIONS.map((one) => (
            <Menu.Item
              key={one.action}
              leftSection={<Icon name={one.icon} />}
              onClick={() => props.onSend(one.action)}
            >
              {t(`ticket:send.${one.action}`)}
            </Menu.Item>
          ))}
          <LaterItems onLater={props.onLater} onPick={props.onPick} />
          <Menu.Divider />
          <ChoiceItem
            label={t('sending:ifAnswered.title', { name: props.name })}
            preference="ifAnswered"
            choices={IF_ANSWERED}
            words={(one) => t(`sending:ifAnswered.${one}`)}
          />
          <ChoiceItem
            label={t('sending:afterSend.title')}
            preference="afterSend"
            choices={AFTER_SEND}
            words={(one) => t(`sending:afterSend.${one}`)}
          />
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}

function LaterItems({ onLater, onPick }: Pick<SendButtonProps, 'onLater' | 'onPick'>) {
  const { t } = useTranslation()
  const style = useTimeStyle()
  const now = useNow()
  const [ifAnswered] = usePreference('ifAnswered')
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t('sending:later.title')}</Menu.Label>
      {sendTimes(now, style.timeZone).map(({ name, at }) => (
        <Menu.Item
          key={name}
          leftSection={<Icon name="clock" />}
          rightSection={<span className={classes.moment}>{momentText(at, now, style)}</span>}
          onClick={() => onLater({ send_at: new Date(at).toISOString(), if_answered: ifAnswered })}
        >
          {t(`sending:later.${name}`)}
        </Menu.Item>
      ))}
      <Menu.Item leftSection={<Icon name="calendar" />} onClick={onPick}>
        {t('sending:later.pick')}
      </Menu.Item>
    </>
  )
}

interface ChoiceItemProps<Name extends 'ifAnswered' | 'afterSend'> {
  label: string
  preference: Name
  choices: readonly Preferences[Name][]
  words: (choice: Preferences[Name]) => string
}

/** A choice that is remembered: the line says what is chosen, the menu beside it offers the others. */
function ChoiceItem<Name extends 'ifAnswered' | 'afterSend'>(props: ChoiceItemProps<Name>) {
  const [chosen, choose] = usePreference(props.preference)
  return (
    <Menu.Sub position="left-end">
      <Menu.Sub.Target>
        <Menu.Sub.Item>
          <span className={classes.choice}>{props.label}</span>
          <span className={classes.chosen}>{props.words(chosen)}</span>
        </Menu.Sub.Item>
      </Menu.Sub.Target>
      <Menu.Sub.Dropdown>
        <Menu.RadioGroup
          value={chosen}
          onChange={(value) => {
            const next = props.choices.find((one) => one === value)
            if (next !== undefined) choose(next)
          }}
        >
          {props.choices.map((one) => (
            <Menu.RadioItem key={one} value={one} closeMenuOnClick={false}>
              {props.words(one)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Sub.Dropdown>
    </Menu.Sub>
  )
}
