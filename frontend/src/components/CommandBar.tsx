import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { BareDialog } from './BareDialog'
import classes from './CommandBar.module.css'
import { foldText } from './foldText'
import { inGroupOrder, useGroupOrder } from './groupOrder'
import { Icon } from './Icon'
import { KeyCaps } from './KeyCaps'
import type { Command } from './shortcuts'
import { useCommands } from './useCommand'

interface CommandBarProps {
  opened: boolean
  onClose: () => void
  /** Extra lines for what was typed, such as "search tickets for ...". */
  suggest: (text: string) => Command[]
}

function matches(command: Command, words: string[]): boolean {
  const hay = foldText(`${command.label} ${command.group} ${command.keywords ?? ''}`)
  return words.every((word) => hay.includes(word))
}

/** Everything the agent can do here: action on the left, its keys on the right. */
export function CommandBar({ opened, onClose, suggest }: CommandBarProps) {
  const { t } = useTranslation()
  return (
    <BareDialog opened={opened} label={t('common:commandBar.title')} width={600} onClose={onClose}>
      <CommandList onClose={onClose} suggest={suggest} />
    </BareDialog>
  )
}

function CommandList({ onClose, suggest }: Omit<CommandBarProps, 'opened'>) {
  const { t } = useTranslation()
  const all = useCommands()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)

  const order = useGroupOrder()
  const found = useMemo(() => {
    const words = foldText(text).split(/\s+/).filter(Boolean)
    const shown = all.filter((command) => !command.barHidden && matches(command, words))
    return [...inGroupOrder(shown, order), ...suggest(text.trim())]
  }, [all, text, suggest, order])

  const choose = (command: Command | undefined) => {
    if (!command) return
    onClose()
    // The bar gives the focus back first, so that the command may put it elsewhere.
    setTimeout(command.run, 0)
  }
  const move = (step: number) => {
    const next = (active + step + found.length) % Math.max(1, found.length)
    setActive(next)
    list.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowUp') move(-1)
    else if (event.key === 'Enter') choose(found[active])
    else return
    event.preventDefault()
  }

  return (
    <>
      <div className={classes.search}>
        <Icon name="search" />
        <input
          className={classes.input}
          data-autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls="command-list"
          aria-activedescendant={found[active] ? `command-${active}` : undefined}
          aria-label={t('common:commandBar.title')}
          placeholder={t('common:commandBar.placeholder')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        className={classes.list}
        id="command-list"
        role="listbox"
        aria-label={t('common:commandBar.title')}
        ref={list}
      >
        {found.map((command, index) => (
          <div key={command.id} role="presentation">
            {command.group !== found[index - 1]?.group && (
              <div className={classes.group} role="presentation">
                {command.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input above owns the keyboard */}
            <div
              className={classes.item}
              id={`command-${index}`}
              data-index={index}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onMouseMove={() => setActive(index)}
              onClick={() => choose(command)}
            >
              <span>{command.label}</span>
              {command.keys && <KeyCaps keys={command.keys} />}
            </div>
          </div>
        ))}
      </div>
      {found.length === 0 && <div className={classes.none}>{t('common:commandBar.none')}</div>}
    </>
  )
}
