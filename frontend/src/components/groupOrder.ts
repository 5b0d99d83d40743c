import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Command } from './shortcuts'

/** The groups of commands from the nearest (the open ticket) to the most general. */
export function useGroupOrder(): string[] {
  const { t } = useTranslation()
  return useMemo(
    () => [
      t('common:group.ticket'),
      t('common:group.compose'),
      t('common:group.list'),
      t('common:group.go'),
      t('common:group.general'),
      t('common:group.search'),
    ],
    [t],
  )
}

/** Nearest group first, inside a group in the order in which the commands were offered. */
export function inGroupOrder(commands: Command[], order: string[]): Command[] {
  const place = (command: Command) => {
    const at = order.indexOf(command.group)
    return at < 0 ? order.length : at
  }
  return [...commands].reverse().sort((one, other) => {
    const step = place(one) - place(other)
    return step !== 0 || place(one) < order.length ? step : one.group.localeCompare(other.group)
  })
}
