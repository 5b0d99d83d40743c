import { Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useLiveState } from '../../services/live'
import classes from './Sidebar.module.css'

/** A quiet sign that changes arrive by themselves. */
export function LiveDot() {
  const { t } = useTranslation()
  const state = useLiveState()
  const label = t(`shell:live.${state}`)
  return (
    <Tooltip label={label}>
      <span className={classes.live} role="img" aria-label={label}>
        <span className={classes.dot} data-state={state} />
      </span>
    </Tooltip>
  )
}
