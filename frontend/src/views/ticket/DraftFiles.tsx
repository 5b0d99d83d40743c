import { ActionIcon } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { fileIcon } from '../../components/fileIcon'
import { fileSize } from '../../components/fileSize'
import { Icon } from '../../components/Icon'
import type { DraftFile } from '../../services/types'
import classes from './Composer.module.css'

interface DraftFilesProps {
  files: DraftFile[]
  onChange: (files: DraftFile[]) => void
}

/** The files of a reply that was taken back; they leave with it again unless they are taken out. */
export function DraftFiles({ files, onChange }: DraftFilesProps) {
  const { t, i18n } = useTranslation()
  if (files.length === 0) return null
  return (
    <ul className={classes.files} aria-label={t('ticket:attachments')}>
      {files.map((file) => (
        <li key={file.attachment_id} className={classes.file}>
          <Icon name={fileIcon(file.content_type, file.filename)} size={14} />
          <span className={classes.fileName}>{file.filename}</span>
          <span className={classes.moment}>{fileSize(file.size, i18n.language)}</span>
          <ActionIcon
            size={20}
            aria-label={t('sending:removeFile', { name: file.filename })}
            onClick={() => onChange(files.filter((other) => other !== file))}
          >
            <Icon name="close" size={12} />
          </ActionIcon>
        </li>
      ))}
    </ul>
  )
}
