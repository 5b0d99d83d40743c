import type { ReactNode } from 'react'
import classes from './EmptyState.module.css'
import { Icon, type IconName } from './Icon'

interface EmptyStateProps {
  icon: IconName
  title: string
  text?: string
  tone?: 'plain' | 'done' | 'problem'
  children?: ReactNode
}

/** Says why nothing is here and what can be done about it. */
export function EmptyState({ icon, title, text, tone = 'plain', children }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      <span className={classes.icon} data-tone={tone}>
        <Icon name={icon} size={20} />
      </span>
      <h2 className={classes.title}>{title}</h2>
      {text && <p className={classes.text}>{text}</p>}
      {children && <div className={classes.actions}>{children}</div>}
    </div>
  )
}
