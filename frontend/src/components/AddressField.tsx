import { Pill, PillsInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './AddressField.module.css'
import { isAddress, splitAddresses } from './addresses'

interface AddressFieldProps {
  label: string
  value: string[]
  onChange: (value: string[]) => void
  autoFocus?: boolean
}

/** Addresses as chips on one line; a wrong one is marked, not refused while typing. */
export function AddressField({ label, value, onChange, autoFocus }: AddressFieldProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')

  const take = (text: string) => {
    const fresh = splitAddresses(text).filter((address) => !value.includes(address))
    if (fresh.length > 0) onChange([...value, ...fresh])
    setTyped('')
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (['Enter', ',', ';'].includes(event.key) && !event.ctrlKey && typed.trim() !== '') {
      event.preventDefault()
      take(typed)
    } else if (event.key === 'Backspace' && typed === '' && value.length > 0) {
      onChange(value.slice(0, -1))
    }
  }

  return (
    <div className={classes.line}>
      <span className={classes.label} aria-hidden="true">
        {label}
      </span>
      <PillsInput
        variant="unstyled"
        className={classes.field}
        classNames={{ input: classes.input }}
        size="xs"
      >
        <Pill.Group>
          {value.map((address) => (
            <Pill
              key={address}
              size="sm"
              withRemoveButton
              className={isAddress(address) ? undefined : classes.wrong}
              title={isAddress(address) ? undefined : t('common:address.wrong')}
              onRemove={() => onChange(value.filter((other) => other !== address))}
              removeButtonProps={{
                'aria-label': t('common:address.remove', { address }),
                'aria-hidden': false,
                tabIndex: 0,
              }}
            >
              {address}
            </Pill>
          ))}
          <PillsInput.Field
            aria-label={label}
            inputMode="email"
            autoComplete="off"
            autoFocus={autoFocus}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onBlur={() => take(typed)}
            onPaste={(event) => {
              const text = event.clipboardData.getData('text')
              if (!/[,;\n]/.test(text)) return
              event.preventDefault()
              take(text)
            }}
            onKeyDown={onKeyDown}
          />
        </Pill.Group>
      </PillsInput>
    </div>
  )
}
