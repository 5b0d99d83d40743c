import { useEffect, useRef, useSyncExternalStore } from 'react'
import { type Command, commands } from './shortcuts'

/** Offers the command while the calling component is on screen and `enabled`. */
export function useCommand(command: Command, enabled = true): void {
  const run = useRef(command.run)
  run.current = command.run
  const { id, label, group, keys, barHidden, inFields, keywords } = command
  useEffect(() => {
    if (!enabled) return
    return commands.register({
      id,
      label,
      group,
      keys,
      barHidden,
      inFields,
      keywords,
      run: () => run.current(),
    })
  }, [id, label, group, keys, barHidden, inFields, keywords, enabled])
}

export function useCommands(): Command[] {
  return useSyncExternalStore(commands.subscribe, commands.list)
}
