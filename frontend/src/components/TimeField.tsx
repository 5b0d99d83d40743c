import { TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { clockTime } from './clockTime'

interface TimeFieldProps {
  label: string
  /** Seen too, not only spoken. */
  visibleLabel?: boolean
  value: string
  readOnly?: boolean
  onChange: (time: string) => void
}

/** A time of day from 00:00 to 24:00, typed as people do; the browser's own field knows no 24:00. */
export function TimeField(props: TimeFieldProps) {
  const { label, visibleLabel = false, value, readOnly = false, onChange } = props
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const take = () => {
    const time = clockTime(text)
    if (time === null) setText(value)
    else if (time !== value) onChange(time)
    else setText(time)
  }
  return (
    <TextInput
      label={visibleLabel ? label : undefined}
      aria-label={visibleLabel ? undefined : label}
      inputMode="numeric"
      autoComplete="off"
      maxLength={6}
      readOnly={readOnly}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take()
      }}
    />
  )
}
