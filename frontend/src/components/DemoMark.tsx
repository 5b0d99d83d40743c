import { useTranslation } from 'react-i18next'
import classes from './DemoMark.module.css'
import { Icon } from './Icon'

/** A quiet sign that a row belongs to the sample data. */
export function DemoMark() {
  const { t } = useTranslation()
  return (
    <span className={classes.mark} title={t('common:demoTag')}>
      <Icon name="flask" size={12} label={t('common:demoTag')} />
    </span>
  )
}
