import { useCallback, useEffect, useState } from 'react'
import {
  type Draft,
  type DraftKind,
  dropDraft,
  onRestored,
  readDraft,
  writeDraft,
} from '../../services/drafts'

/** Text that survives a reload, a crash and a look at another ticket. */
export function useDraft(ticket: string, kind: DraftKind) {
  const [draft, setDraft] = useState<Draft>(() => readDraft(ticket, kind) ?? { text: '' })
  useEffect(() => writeDraft(ticket, kind, draft), [ticket, kind, draft])
  useEffect(() => {
    if (kind !== 'reply') return
    return onRestored((restored, whole) => {
      if (restored === ticket) setDraft(whole)
    })
  }, [ticket, kind])
  const change = useCallback((part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part })), [])
  const clear = useCallback(() => {
    dropDraft(ticket, kind)
    setDraft({ text: '' })
  }, [ticket, kind])
  return { draft, change, clear }
}
