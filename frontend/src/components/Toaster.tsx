import { ActionIcon, Button, Kbd } from '@mantine/core'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon'
import classes from './Toaster.module.css'
import { closeToast, currentToast, subscribeToasts, TOAST_MS } from './toasts'
import { useCommand } from './useCommand'

/** Bottom left, one at a time, with undo where there is one; stays while the pointer is on it. */
export function Toaster() {
  const { t } = useTranslation()
  const toast = useSyncExternalStore(subscribeToasts, currentToast)
  const held = useRef(false)

  useEffect(() => {
    if (!toast) return
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
  useCommand(
    { id: 'undo', label: t('common:undo'), group: t('common:group.general'), keys: 'z', run: undo },
    toast?.undo !== undefined,
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
    </section>
  )
}
