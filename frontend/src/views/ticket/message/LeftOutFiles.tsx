import { useTranslation } from 'react-i18next'
import { fileIcon } from '../../../components/fileIcon'
import { fileSize } from '../../../components/fileSize'
import { Icon } from '../../../components/Icon'
import type { Message } from '../../../services/types'
import classes from './attachments.module.css'

/** The files of a mail that was too large to be fetched whole (A11): they stay with the provider. */
export function LeftOutFiles({ files }: { files: Message['left_out'] }) {
  const { t, i18n } = useTranslation()
  if (files.length === 0) return null
  return (
    <div className={classes.attachments}>
      <p className={classes.leftOut}>{t('mail:files.leftOut', { count: files.length })}</p>
      <ul className={classes.files} aria-label={t('mail:files.leftOutList')}>
        {files.map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and none moves
          <li key={index} className={classes.missing}>
            <Icon name={fileIcon('', file.filename)} />
            {file.filename}
            <span className={classes.size}>{fileSize(file.size, i18n.language)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
