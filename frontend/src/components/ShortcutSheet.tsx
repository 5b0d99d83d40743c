import { Modal, Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { inGroupOrder, useGroupOrder } from './groupOrder'
import { KeyCaps } from './KeyCaps'
import classes from './ShortcutSheet.module.css'
import type { Command } from './shortcuts'
import { useCommands } from './useCommand'

interface ShortcutSheetProps {
  opened: boolean
  onClose: () => void
  enabled: boolean
  onEnabledChange: (enabled: boolean) => void
}

function byGroup(commands: Command[], order: string[]): [string, Command[]][] {
  const groups = new Map<string, Command[]>()
  for (const command of inGroupOrder(commands, order)) {
    if (!command.keys) continue
    const group = groups.get(command.group) ?? []
    if (group.some((other) => other.keys === command.keys)) continue
    groups.set(command.group, [...group, command])
  }
  return [...groups]
}

/** The keys that work on the screen behind it. */
export function ShortcutSheet({ opened, onClose, enabled, onEnabledChange }: ShortcutSheetProps) {
  const { t } = useTranslation()
  const groups = byGroup(useCommands(), useGroupOrder())
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('common:shortcuts.title')}
      size={720}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <Switch
        mb="md"
        size="xs"
        label={t('common:shortcuts.enabled')}
        description={t('common:shortcuts.enabledHelp')}
        checked={enabled}
        onChange={(event) => onEnabledChange(event.currentTarget.checked)}
      />
      <div className={classes.columns}>
        {groups.map(([group, commands]) => (
          <section className={classes.group} key={group}>
            <h3 className={classes.title}>{group}</h3>
            {commands.map((command) => (
              <div className={classes.row} key={command.id}>
                <span>{command.label}</span>
                <KeyCaps keys={command.keys ?? ''} />
              </div>
            ))}
          </section>
        ))}
      </div>
    </Modal>
  )
}
