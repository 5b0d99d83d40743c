import { VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './PriorityMark.module.css'

type Priority = 'low' | 'normal' | 'high' | 'urgent'

const BARS: Record<Priority, number> = { low: 1, normal: 2, high: 3, urgent: 3 }

interface PriorityMarkProps {
  priority: Priority
  iconOnly?: boolean
}

function Glyph({ priority }: { priority: Priority }) {
  if (priority === 'urgent') {
    return (
      <svg
        className={classes.glyph}
        data-priority={priority}
        width="14"
        height="14"
        viewBox="0 0 14 14"
        aria-hidden="true"
      >
        <rect x="0.500" y="0.500" width="13" height="13" rx="3.500" fill="currentColor" />
        <path
          d="M7 3.600v4.100M7 10.300v.1"
          stroke="var(--desk-surface)"
          strokeWidth="1.800"
          strokeLinecap="round"
        />
      </svg>
    )
  }
  return (
    <svg
      className={classes.glyph}
      data-priority={priority}
      width="14"
      height="14"
      viewBox="0 0 14 14"
      fill="currentColor"
      aria-hidden="true"
    >
      <rect x="1" y="8" width="3" height="5" rx="1" />
      <rect
        x="5.500"
        y="5"
        width="3"
        height="8"
        rx="1"
        className={BARS[priority] < 2 ? classes.off : undefined}
      />
      <rect
        x="10"
        y="2"
        width="3"
        height="11"
        rx="1"
        className={BARS[priority] < 3 ? classes.off : undefined}
      />
    </svg>
  )
}

export function PriorityMark({ priority, iconOnly = false }: PriorityMarkProps) {
  const { t } = useTranslation()
  const name = t(`common:priority.${priority}`)
  return (
    <span
      className={classes.mark}
      title={iconOnly ? `${t('common:field.priority')}: ${name}` : undefined}
    >
      <Glyph priority={priority} />
      {iconOnly ? <VisuallyHidden>{name}</VisuallyHidden> : <span>{name}</span>}
    </span>
  )
}
