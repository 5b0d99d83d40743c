import { VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { fileIcon } from '../../../components/fileIcon'
import { fileSize } from '../../../components/fileSize'
import { Icon } from '../../../components/Icon'
import classes from './attachments.module.css'

interface FileChipProps {
  file: { filename: string; content_type: string; size: number; disguised?: boolean }
  /** What a press does, in words. */
  action: string
  busy?: boolean
  onPress: () => void
}

/** A file of a mail with its kind, name and size. */
export function FileChip({ file, action, busy, onPress }: FileChipProps) {
  const { t, i18n } = useTranslation()
  const size = fileSize(file.size, i18n.language)
  return (
    <button
      type="button"
      className={classes.chip}
      data-disguised={file.disguised || undefined}
      aria-busy={busy || undefined}
      title={`${action}: ${file.filename}`}
      onClick={onPress}
    >
      <Icon
        name={file.disguised ? 'alert' : fileIcon(file.content_type, file.filename)}
        size={16}
      />
      <VisuallyHidden>
        {`${action}: ${file.filename} ${file.disguised ? t('mail:files.disguised') : ''}`}
      </VisuallyHidden>
      <FileName name={file.filename} /> <span className={classes.size}>{size}</span>
    </button>
  )
}

/** A long name loses its middle, never its ending: that tells what it is. */
function FileName({ name }: { name: string }) {
  const dot = name.lastIndexOf('.')
  const cut = dot > 0 && name.length - dot <= 8 ? dot : name.length
  return (
    <span className={classes.name} dir="ltr" aria-hidden="true">
      <span className={classes.stem}>{name.slice(0, cut)}</span>
      <span className={classes.ending}>{name.slice(cut)}</span>
    </span>
  )
}
