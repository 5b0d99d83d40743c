import { ActionIcon, Button, Kbd, VisuallyHidden } from '@mantine/core'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'
import classes from './Toaster.module.css'
import {
  closeToast,
  currentAnnouncement,
  currentToast,
  subscribeToasts,
  TOAST_MS,
  type Toast,
} from './toasts'
import { useCommand } from './useCommand'
import { useSecondsLeft } from './useSecondsLeft'

/** Bottom left, one at a time, with undo where there is one; stays while the pointer is on it. */
export function Toaster() {
  const { t } = useTranslation()
  const toast = useSyncExternalStore(subscribeToasts, currentToast)
  const announcement = useSyncExternalStore(subscribeToasts, currentAnnouncement)
  const held = useRef(false)

  useEffect(() => {
    if (!toast) return
    if (toast.until !== undefined) {
      const end = setTimeout(() => closeToast(toast.id), toast.until - Date.now())
      return () => clearTimeout(end)
    }
    const timer = setInterval(() => {
      if (!held.current) closeToast(toast.id)
    }, TOAST_MS)
    return () => clearInterval(timer)
  }, [toast])

  const undo = () => {
    if (!toast?.undo) return
    toast.undo()
    closeToast(toast.id)
  }
  const group = t('common:group.general')
  const offered = toast?.undo !== undefined
  useCommand({ id: 'undo', label: t('common:undo'), group, keys: 'z', run: undo }, offered)
  useCommand(
    { id: 'undo-mod', label: t('common:undo'), group, keys: 'mod+z', barHidden: true, run: undo },
    offered,
  )

  return (
    <section
      className={classes.region}
      aria-label={t('common:toast.region')}
      onMouseEnter={() => {
        held.current = true
      }}
      onMouseLeave={() => {
        held.current = false
      }}
    >
      <div role="status" aria-live="polite">
        {toast && (
          <div className={classes.toast} data-tone={toast.tone} key={toast.id}>
            <span className={classes.text}>{toast.text}</span>
            {toast.until !== undefined && <SecondsLeft until={toast.until} />}
            {toast.undo && (
              <Button
                variant="default"
                size="compact-sm"
                onClick={undo}
                rightSection={<Kbd size="xs">Z</Kbd>}
              >
                {t('common:undo')}
              </Button>
            )}
            <ActionIcon aria-label={t('common:close')} onClick={() => closeToast(toast.id)}>
              <Icon name="close" />
            </ActionIcon>
          </div>
        )}
      </div>
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
    </section>
  )
}

/** Seen, not spoken: a number each second would drown out everything else. */
function SecondsLeft({ until }: { until: NonNullable<Toast['until']> }) {
  const { t } = useTranslation()
  const seconds = useSecondsLeft(until)
  return (
    <span className={classes.seconds} aria-hidden="true">
      {t('common:seconds', { count: seconds })}
    </span>
  )
}
