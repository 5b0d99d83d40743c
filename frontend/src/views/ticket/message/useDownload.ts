import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import { downloadAttachment } from '../../../services/attachments'
import type { Attachment } from '../../../services/types'

/** Hands a file of a mail to the browser, and says why when that fails. */
export function useDownload() {
  const { t } = useTranslation()
  return useMutation({
    mutationFn: (attachment: Attachment) => downloadAttachment(attachment),
    onError: (error) =>
      showToast(t('ticket:downloadProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
}
