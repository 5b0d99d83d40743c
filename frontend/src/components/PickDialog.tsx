import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { BareDialog } from './BareDialog'
import bar from './CommandBar.module.css'
import { Icon } from './Icon'
import { matchingOptions, type Option } from './option'
import classes from './Picker.module.css'

interface PickDialogProps {
  opened: boolean
  title: string
  options: Option[]
  value?: string
  onPick: (value: string) => void
  onClose: () => void
}

/** The keyboard's way to choose: type a few letters, Enter. */
export function PickDialog(props: PickDialogProps) {
  return (
    <BareDialog opened={props.opened} label={props.title} width={420} onClose={props.onClose}>
      <PickList {...props} />
    </BareDialog>
  )
}

function PickList({ title, options, value, onPick, onClose }: PickDialogProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      options.findIndex((option) => option.value === value),
    ),
  )
  const found = matchingOptions(options, text)
  const pick = (option: Option | undefined) => {
    if (!option) return
    onClose()
    onPick(option.value)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const count = Math.max(1, found.length)
    if (event.key === 'ArrowDown') setActive((active + 1) % count)
    else if (event.key === 'ArrowUp') setActive((active - 1 + count) % count)
    else if (event.key === 'Enter') pick(found[active])
    else return
    event.preventDefault()
  }
  return (
    <>
      <div className={bar.search}>
        <Icon name="search" />
        <input
          className={bar.input}
          data-autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls="pick-list"
          aria-activedescendant={found[active] ? `pick-${active}` : undefined}
          aria-label={title}
          placeholder={title}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={bar.list} id="pick-list" role="listbox" aria-label={title}>
        {found.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above owns the keyboard
          <div
            key={option.value}
            id={`pick-${index}`}
            className={bar.item}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onMouseMove={() => setActive(index)}
            onClick={() => pick(option)}
          >
            <span className={classes.value}>
              {option.mark}
              {option.label}
            </span>
            {option.value === value && <Icon name="check" />}
          </div>
        ))}
      </div>
      {found.length === 0 && <div className={bar.none}>{t('common:commandBar.none')}</div>}
    </>
  )
}
