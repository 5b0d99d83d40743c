import { useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../components/problemWords'
import { closeToast, showToast } from '../../components/toasts'
import { useLeaving } from '../../services/leaving'
import { useUndoSend } from '../../services/useUndoSend'

/** A reply that can still be taken back says so on every page but its own, where the thread does. */
export function useLeavingToast(): void {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { ticketId } = useParams({ strict: false })
  const leaving = useLeaving()
  const elsewhere = leaving.filter(({ ticket }) => ticket !== ticketId).at(-1)
  const shown = useRef<{ message: string; toast: number } | null>(null)
  const { mutate: undo } = useUndoSend({
    onUndone: ({ id }) =>
      void navigate({ to: '/tickets/$ticketId', params: { ticketId: id } as never }),
    onFailed: (error) =>
      showToast(t('sending:undoProblem', { reason: problemWords(error, t) }), { tone: 'problem' }),
  })
  useEffect(() => {
    if (shown.current && shown.current.message !== elsewhere?.message) {
      closeToast(shown.current.toast)
      shown.current = null
    }
    if (!elsewhere || shown.current || elsewhere.until <= Date.now()) return
    const { message, ticket, address, until } = elsewhere
    const toast = showToast(t('sending:toast.leaving', { address }), {
      until,
      undo: () => undo({ message, ticket }),
    })
    shown.current = { message, toast }
  }, [elsewhere, t, undo])
}
