import { Kbd } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './CommandBar.module.css'

/** `g o` or `mod+Enter` as key caps. */
export function KeyCaps({ keys }: { keys: string }) {
  const { t } = useTranslation()
  const names: Record<string, string> = {
    mod: 'Ctrl',
    shift: 'Shift',
    Escape: 'Esc',
    Enter: 'Enter',
    ' ': t('common:key.space'),
  }
  const caps = keys.split(/[ +]/).filter((part) => part !== '')
  return (
    <span className={classes.keys}>
      {caps.map((part) => (
        <Kbd key={part} size="xs">
          {names[part] ?? part.toUpperCase()}
        </Kbd>
      ))}
    </span>
  )
}
