import type { ReactNode } from 'react'
import { Icon, type IconName } from '../../../components/Icon'
import classes from './sending.module.css'

interface StripProps {
  icon: IconName
  tone?: 'quiet' | 'warn' | 'problem'
  /** Spoken at once: something went wrong. */
  alert?: boolean
  children: ReactNode
  actions?: ReactNode
}

/** What is to be known about the sending of a message, and what can be done about it. */
export function Strip({ icon, tone = 'quiet', alert, children, actions }: StripProps) {
  return (
    <div className={classes.strip} data-tone={tone} role={alert ? 'alert' : undefined}>
      <Icon name={icon} />
      <div className={classes.text}>{children}</div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </div>
  )
}
