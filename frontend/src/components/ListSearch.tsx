import { CloseButton, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'
import { useDebounced } from './useDebounced'

interface ListSearchProps {
  label: string
  value: string
  onChange: (value: string) => void
  width?: number
}

/** Filters the list below while typing, once the fingers pause. */
export function ListSearch({ label, value, onChange, width = 270 }: ListSearchProps) {
  const { t } = useTranslation()
  const [text, setText] = useState(value)
  const settled = useDebounced(text.trim())
  useEffect(() => setText(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a pause in typing searches
  useEffect(() => {
    if (settled !== value) onChange(settled)
  }, [settled])
  return (
    <TextInput
      w={width}
      aria-label={label}
      placeholder={label}
      leftSection={<Icon name="search" size={14} />}
      rightSection={
        text && (
          <CloseButton size="xs" aria-label={t('shell:clearSearch')} onClick={() => setText('')} />
        )
      }
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  )
}
