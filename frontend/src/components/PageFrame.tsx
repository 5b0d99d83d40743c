import type { ReactNode } from 'react'
import classes from './PageFrame.module.css'

interface PageFrameProps {
  title: string
  /** Stands before the title, for example a way back. */
  before?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** Title and actions on one line, the rest scrolls below. */
export function PageFrame({ title, before, actions, children }: PageFrameProps) {
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        {before}
        <h1 className={classes.title}>{title}</h1>
        {actions}
      </header>
      <div className={classes.body}>{children}</div>
    </div>
  )
}
