import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { alarmWords } from '../../components/alarmWords'
import { Icon } from '../../components/Icon'
import { alarmsOptions } from '../../services/health'
import { useMay } from '../../services/useSession'
import classes from './AlarmBanner.module.css'

/** Says on every page that mail is stuck, to those who can do something about it. */
export function AlarmBanner() {
  const { t } = useTranslation()
  const mayKnow = useMay('health.read')
  const { data: alarms } = useQuery({ ...alarmsOptions(), enabled: mayKnow })
  const [first] = alarms ?? []
  // The place for the news is always there, so that screen readers hear what comes into it.
  return (
    <div role="status">
      {alarms && first && (
        <div className={classes.banner}>
          <Icon name="alert" />
          <span className={classes.words}>
            {alarms.length === 1
              ? alarmWords(first, t)
              : t('health:banner', { count: alarms.length })}
          </span>
          <Link to="/status" className={classes.link}>
            {t('health:bannerLink')}
          </Link>
        </div>
      )}
    </div>
  )
}
