import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import classes from './message.module.css'

interface RemoteImagesBarProps {
  count: number
  waiting: number
  failed: number
  /** They are asked for, or the sender's load by themselves. */
  wanted: boolean
  onLoad: () => void
  onAlways: () => void
}

/** Says that images lie with somebody else, who would learn that the mail was opened. */
export function RemoteImagesBar(props: RemoteImagesBarProps) {
  const { t } = useTranslation()
  const { count, waiting, failed, wanted } = props
  if (wanted && waiting === 0 && failed === 0) return null
  return (
    <div className={classes.bar}>
      <Icon name={wanted && waiting > 0 ? 'clock' : 'image'} size={14} />
      <span className={classes.barText} role="status">
        {!wanted && <span title={t('mail:images.why')}>{t('mail:images.blocked', { count })}</span>}
        {wanted && waiting > 0 && t('mail:images.loading', { count: waiting })}
        {wanted && waiting === 0 && t('mail:images.failed', { count: failed })}
      </span>
      {!wanted && (
        <>
          <button type="button" className={classes.barAction} onClick={props.onLoad}>
            {t('mail:images.load')}
          </button>
          <button type="button" className={classes.barAction} onClick={props.onAlways}>
            {t('mail:images.always')}
          </button>
        </>
      )}
    </div>
  )
}
