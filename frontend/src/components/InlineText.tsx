import { useEffect, useRef, useState } from 'react'
import classes from './InlineText.module.css'

interface InlineTextProps {
  value: string
  label: string
  onSave: (value: string) => void
  disabled?: boolean
  placeholder?: string
}

/** Text that becomes a field when pressed. Enter or leaving saves, Escape gives up the change. */
export function InlineText({ value, label, onSave, disabled, placeholder }: InlineTextProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const editing = draft !== null

  useEffect(() => {
    if (editing) field.current?.select()
  }, [editing])

  const finish = (save: boolean) => {
    const text = draft?.trim() ?? ''
    setDraft(null)
    if (save && text !== '' && text !== value) onSave(text)
  }

  if (draft === null) {
    return (
      <button
        type="button"
        ref={button}
        className={classes.text}
        aria-label={`${label}: ${value || placeholder || ''}`}
        title={value}
        disabled={disabled}
        onClick={() => setDraft(value)}
      >
        {value || placeholder}
      </button>
    )
  }
  return (
    <input
      ref={field}
      className={classes.input}
      aria-label={label}
      value={draft}
      maxLength={500}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        finish(event.key === 'Enter')
        setTimeout(() => button.current?.focus(), 0)
      }}
    />
  )
}
