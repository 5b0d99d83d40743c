/** Something the agent can do now, from the command bar or with its keys. */
export interface Command {
  id: string
  label: string
  group: string
  /** `e`, `mod+k`, `?` or a sequence such as `g o`. */
  keys?: string
  run: () => void
  /** Left out of the command bar (moving in a list, for example), still on the sheet. */
  barHidden?: boolean
  /** Also works while a text field has the focus; only for keys with a modifier or Escape. */
  inFields?: boolean
  keywords?: string
}

export const SEQUENCE_MS = 1_200

export function keyName(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : ''
  const shift = event.shiftKey && (event.key.length > 1 || mod) ? 'shift+' : ''
  return `${mod}${shift}${key}`
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  if (target instanceof HTMLSelectElement) return true
  if (!(target instanceof HTMLInputElement)) return false
  return !['checkbox', 'radio', 'button', 'submit', 'range'].includes(target.type)
}

/** An open dialog or menu owns the keyboard: the page behind it must not answer. */
export function isCovered(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null
}

/**
 * Every command on screen, the newest first when two want the same keys. Keys without a modifier
 * can be switched off as a whole (WCAG 2.1.4).
 */
export class CommandRegistry {
  private commands: Command[] = []
  private readonly listeners = new Set<() => void>()
  private pending = ''
  private pendingSince = 0
  singleKeys = true

  readonly list = (): Command[] => this.commands

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  register(command: Command): () => void {
    this.commands = [command, ...this.commands.filter((other) => other.id !== command.id)]
    this.changed()
    return () => {
      if (!this.commands.includes(command)) return
      this.commands = this.commands.filter((other) => other !== command)
      this.changed()
    }
  }

  /** Runs what the key stands for; true when it was taken. */
  handle(event: KeyboardEvent, now: number = Date.now()): boolean {
    if (event.defaultPrevented || event.altKey || event.isComposing) return false
    const key = keyName(event)
    if (['Shift', 'Control', 'Meta', 'Alt', 'mod+Control', 'mod+Meta'].includes(key)) return false
    const sequence =
      this.pending && now - this.pendingSince < SEQUENCE_MS ? `${this.pending} ${key}` : ''
    this.pending = ''
    const blocked = isTyping(event.target) || isCovered(event.target)
    const usable = this.commands.filter((command) => this.usable(command, blocked))
    const command =
      usable.find((entry) => sequence !== '' && entry.keys === sequence) ??
      usable.find((entry) => entry.keys === key)
    if (command) {
      command.run()
      return true
    }
    if (usable.some((entry) => entry.keys?.startsWith(`${key} `))) {
      this.pending = key
      this.pendingSince = now
      return true
    }
    return false
  }

  private usable(command: Command, blocked: boolean): boolean {
    if (!command.keys) return false
    if (blocked && !command.inFields) return false
    return this.singleKeys || command.keys.startsWith('mod+') || command.keys === 'Escape'
  }

  private changed(): void {
    for (const listener of this.listeners) listener()
  }
}

export const commands = new CommandRegistry()
