import { Combobox, useCombobox } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'
import { matchingOptions, type Option } from './option'
import classes from './Picker.module.css'

const SEARCH_FROM = 8

interface PickerProps {
  label: string
  options: Option[]
  /** The chosen values; one of them unless `multiple`. */
  value: string[]
  onChange: (value: string[]) => void
  multiple?: boolean
  /** What the closed button shows. */
  children: ReactNode
  look?: 'plain' | 'outline'
  /** Marks a filter that is in force. */
  isSet?: boolean
  disabled?: boolean
}

/** A button that opens a short list to choose from, with a search field when the list is long. */
export function Picker(props: PickerProps) {
  const { t } = useTranslation()
  const { label, options, value, onChange, multiple = false } = props
  const [search, setSearch] = useState('')
  const searchable = options.length >= SEARCH_FROM
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setSearch('')
    },
    onDropdownOpen: () => {
      if (searchable) setTimeout(() => combobox.focusSearchInput(), 0)
      combobox.selectActiveOption()
    },
  })
  const choose = (chosen: string) => {
    if (!multiple) {
      combobox.closeDropdown()
      combobox.focusTarget()
      if (chosen !== value[0]) onChange([chosen])
      return
    }
    onChange(
      value.includes(chosen) ? value.filter((other) => other !== chosen) : [...value, chosen],
    )
  }
  const shown = matchingOptions(options, search)

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={choose}
      width={230}
      position="bottom-start"
      shadow="md"
      withinPortal
      keepMounted={false}
    >
      <Combobox.Target targetType="button">
        <button
          type="button"
          className={classes.target}
          data-look={props.look}
          data-set={props.isSet}
          aria-label={label}
          disabled={props.disabled}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className={classes.value}>{props.children}</span>
          {!props.disabled && <Icon name="chevronDown" size={12} />}
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {searchable && (
          <Combobox.Search
            value={search}
            onChange={(event) => {
              setSearch(event.currentTarget.value)
              combobox.selectFirstOption()
            }}
            placeholder={t('common:find')}
            aria-label={t('common:find')}
          />
        )}
        <Combobox.Options mah={280} style={{ overflowY: 'auto' }} aria-label={label}>
          {shown.length === 0 && <Combobox.Empty>{t('common:commandBar.none')}</Combobox.Empty>}
          {shown.map((option) => (
            <Combobox.Option
              key={option.value}
              value={option.value}
              active={value.includes(option.value)}
              className={classes.option}
            >
              {option.mark}
              <span className={classes.optionLabel}>{option.label}</span>
              {value.includes(option.value) && <Icon name="check" />}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
