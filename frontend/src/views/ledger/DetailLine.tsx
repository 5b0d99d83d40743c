import type { ReactNode } from 'react'

/** A line of a list of details; nothing to say, no line. */
export function DetailLine({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '' || children === false)
    return null
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}
