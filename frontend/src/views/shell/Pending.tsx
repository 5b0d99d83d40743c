import { Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './Pending.module.css'

const LINES = ['70%', '55%', '80%', '60%', '75%', '50%']

/** The frame of the desk while the session is asked for; the pages fill in their own shape. */
export function Pending() {
  const { t } = useTranslation()
  return (
    <div className={classes.shell} role="status" aria-label={t('common:loading')}>
      <div className={classes.side}>
        {LINES.map((width) => (
          <Skeleton key={width} height={12} width={width} />
        ))}
      </div>
      <div className={classes.main} />
    </div>
  )
}
