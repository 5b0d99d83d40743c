import type { ReactNode } from 'react'
import { foldText } from './foldText'

/** Something to choose; `mark` is drawn before the label. */
export interface Option {
  value: string
  label: string
  mark?: ReactNode
  detail?: string
}

export function matchingOptions(options: Option[], text: string): Option[] {
  const wanted = foldText(text.trim())
  if (wanted === '') return options
  return options.filter((option) =>
    foldText(`${option.label} ${option.detail ?? ''}`).includes(wanted),
  )
}
