import { ActionIcon, Tooltip, useMantineColorScheme } from '@mantine/core'
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CommandBar } from '../../components/CommandBar'
import { ErrorBoundary } from '../../components/ErrorBoundary'
import { Icon } from '../../components/Icon'
import { KeyCaps } from '../../components/KeyCaps'
import { ShortcutSheet } from '../../components/ShortcutSheet'
import { commands } from '../../components/shortcuts'
import { TimeZoneContext } from '../../components/TimeText'
import { useOnline } from '../../components/useOnline'
import { changeLanguage } from '../../i18n'
import { useDeskAway, useLiveLine } from '../../services/live'
import { usePreference } from '../../services/preferences'
import { queryClient } from '../../services/queryClient'
import type { Me } from '../../services/types'
import { useSession } from '../../services/useSession'
import { AlarmBanner } from './AlarmBanner'
import { SearchField } from './SearchField'
import classes from './Shell.module.css'
import { Sidebar } from './Sidebar'
import { useLeavingToast } from './useLeavingToast'
import { useShellCommands } from './useShellCommands'

/** The frame of every signed-in page; leaves for the sign-in page when the session ends. */
export function Shell() {
  const { user, status } = useSession()
  const navigate = useNavigate()
  const href = useRouterState({ select: ({ location }) => location.href })
  useEffect(() => {
    if (status !== 'signed-out') return
    queryClient.clear()
    void navigate({ to: '/login', search: { next: href } })
  }, [status, navigate, href])
  return user ? <SignedInShell user={user} /> : null
}

function usePersonalLook(user: Me): void {
  const { setColorScheme } = useMantineColorScheme()
  const { language, theme } = user
  // The account's choices win once, on arrival; later changes go the other way.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another person signs in
  useEffect(() => {
    setColorScheme(theme === 'system' ? 'auto' : theme)
    void changeLanguage(language)
  }, [user.id])
}

function useKeyboard(singleKeys: boolean): void {
  useEffect(() => {
    commands.singleKeys = singleKeys
    const onKeyDown = (event: KeyboardEvent) => {
      if (commands.handle(event)) event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [singleKeys])
}

function SignedInShell({ user }: { user: Me }) {
  const { t } = useTranslation()
  const online = useOnline()
  const away = useDeskAway()
  const [folded] = usePreference('sidebarFolded')
  const [singleKeys, setSingleKeys] = usePreference('shortcuts')
  const [open, setOpen] = useState<'bar' | 'sheet' | null>(null)
  const suggest = useShellCommands(setOpen)
  usePersonalLook(user)
  useKeyboard(singleKeys)
  useLiveLine()
  useLeavingToast()

  return (
    <TimeZoneContext value={user.time_zone || undefined}>
      <a href="#main" className={classes.skip}>
        {t('common:skipLink')}
      </a>
      <div className={classes.shell} data-folded={folded}>
        <Sidebar />
        <div className={classes.work}>
          <section className={classes.bar} aria-label={t('shell:toolbar')}>
            <SearchField />
            <span className={classes.spacer} />
            <button type="button" className={classes.commands} onClick={() => setOpen('bar')}>
              {t('shell:commands')}
              <KeyCaps keys="mod+k" />
            </button>
            <BarButton
              label={t('shell:openShortcuts')}
              icon="keyboard"
              onClick={() => setOpen('sheet')}
            />
          </section>
          {(!online || away) && (
            <div className={classes.offline} role="status">
              <Icon name="alert" />
              {t(online ? 'shell:deskAway' : 'shell:offline')}
            </div>
          )}
          <AlarmBanner />
          <main className={classes.main} id="main" tabIndex={-1}>
            <ErrorBoundary>
              <Outlet />
            </ErrorBoundary>
          </main>
        </div>
      </div>
      <CommandBar opened={open === 'bar'} onClose={() => setOpen(null)} suggest={suggest} />
      <ShortcutSheet
        opened={open === 'sheet'}
        onClose={() => setOpen(null)}
        enabled={singleKeys}
        onEnabledChange={setSingleKeys}
      />
    </TimeZoneContext>
  )
}

interface BarButtonProps {
  label: string
  icon: 'keyboard'
  onClick: () => void
}

function BarButton({ label, icon, onClick }: BarButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  )
}
