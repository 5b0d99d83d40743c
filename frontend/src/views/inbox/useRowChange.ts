import { useTranslation } from 'react-i18next'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { isProblem } from '../../services/problem'
import { useChangeTicket } from '../../services/useChangeTicket'

/** Changes a ticket from its row, with the usual toasts. */
export function useRowChange() {
  const { t } = useTranslation()
  return useChangeTicket({
    onDone: ({ change, isUndo }, undo) => {
      if (isUndo) showToast(t('inbox:toast.undone'))
      else if (change.status !== undefined) showToast(t('inbox:toast.status'), { undo })
      else if (change.assignee !== undefined) showToast(t('inbox:toast.assignee'), { undo })
      else showToast(t('inbox:toast.changed'), { undo })
    },
    onFailed: (error) => {
      const text = isProblem(error, 'stale')
        ? t('inbox:toast.stale')
        : t('common:saveProblem', { reason: problemWords(error, t) })
      showToast(text, { tone: 'problem' })
    },
  })
}
