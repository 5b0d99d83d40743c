import { Textarea } from '@mantine/core'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './mailboxes.module.css'

const VARIABLES = ['{ticket}', '{subject}', '{name}'] as const

interface TextWithVariablesProps {
  label: string
  description?: string
  value: string
  error?: string
  readOnly: boolean
  onChange: (value: string) => void
}

/** A text of automatic answers; a press puts a variable where the cursor is. */
export function TextWithVariables(props: TextWithVariablesProps) {
  const { t } = useTranslation()
  const field = useRef<HTMLTextAreaElement>(null)
  const { value, onChange } = props
  const insert = (variable: string) => {
    const box = field.current
    const start = box?.selectionStart ?? value.length
    const end = box?.selectionEnd ?? value.length
    onChange(value.slice(0, start) + variable + value.slice(end))
    box?.focus()
    requestAnimationFrame(() => {
      box?.setSelectionRange(start + variable.length, start + variable.length)
    })
  }
  return (
    <div>
      <Textarea
        ref={field}
        label={props.label}
        description={props.description}
        placeholder={t('mailboxes:answers.builtIn')}
        autosize
        minRows={3}
        maxRows={12}
        readOnly={props.readOnly}
        value={value}
        error={props.error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {!props.readOnly && (
        <div className={classes.variables}>
          {VARIABLES.map((variable) => (
            <button
              key={variable}
              type="button"
              className={classes.variable}
              aria-label={t('mailboxes:answers.insert', { variable })}
              onClick={() => insert(variable)}
            >
              {variable}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
