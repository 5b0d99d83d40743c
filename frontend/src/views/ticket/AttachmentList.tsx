import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { fileSize } from '../../components/fileSize'
import { Icon } from '../../components/Icon'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { downloadAttachment } from '../../services/attachments'
import type { Attachment } from '../../services/types'
import classes from './Thread.module.css'

export function AttachmentList({ attachments }: { attachments: Attachment[] }) {
  const { t, i18n } = useTranslation()
  const download = useMutation({
    mutationFn: downloadAttachment,
    onError: (error) =>
      showToast(t('ticket:downloadProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  if (attachments.length === 0) return null
  return (
    <ul className={classes.files} aria-label={t('ticket:attachments')}>
      {attachments.map((attachment) => (
        <li key={attachment.id}>
          <button
            type="button"
            className={classes.file}
            title={`${t('ticket:download')}: ${attachment.filename}`}
            onClick={() => download.mutate(attachment)}
          >
            <Icon name="attach" size={14} />
            <span className={classes.fileName}>{attachment.filename}</span>
            <span className={classes.fileSize}>{fileSize(attachment.size, i18n.language)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
