import { Button, Menu } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../components/Icon'
import type { Preferences } from '../../services/preferences'
import classes from './Composer.module.css'

export type SendAction = Preferences['sendAction']

const ACTIONS: { action: SendAction; icon: IconName }[] = [
  { action: 'send', icon: 'send' },
  { action: 'resolve', icon: 'checkCircle' },
  { action: 'wait', icon: 'clock' },
]

interface SendButtonProps {
  action: SendAction
  recipient: string
  busy: boolean
  disabled: boolean
  onSend: (action: SendAction) => void
}

/** Does what was done last time; the arrow offers the other ways. */
export function SendButton({ action, recipient, busy, disabled, onSend }: SendButtonProps) {
  const { t } = useTranslation()
  const label =
    action === 'send' ? t('ticket:send.to', { address: recipient }) : t(`ticket:send.${action}`)
  return (
    <div className={classes.split}>
      <Button
        loading={busy}
        disabled={disabled}
        onClick={() => onSend(action)}
        title={t('ticket:send.keys')}
      >
        {label}
      </Button>
      <Menu position="top-end" width={220}>
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
              onClick={() => onSend(one.action)}
            >
              {t(`ticket:send.${one.action}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}
