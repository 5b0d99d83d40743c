import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Command } from '../../components/shortcuts'
import { useCommand } from '../../components/useCommand'
import { useMay } from '../../services/useSession'
import { useChangeMe } from './useChangeMe'

type Open = (what: 'bar' | 'sheet') => void

const GO: { view: string; keys: string }[] = [
  { view: 'mine', keys: 'g m' },
  { view: 'unassigned', keys: 'g u' },
  { view: 'open', keys: 'g o' },
  { view: 'waiting', keys: 'g w' },
  { view: 'attention', keys: 'g t' },
  { view: 'closed', keys: 'g x' },
  { view: 'deleted', keys: 'g d' },
]

/** The commands that work on every page; returns the lines for what is typed into the bar. */
export function useShellCommands(open: Open): (text: string) => Command[] {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const general = t('common:group.general')
  useCommand({
    id: 'bar',
    label: t('shell:openCommands'),
    group: general,
    keys: 'mod+k',
    inFields: true,
    barHidden: true,
    run: () => open('bar'),
  })
  useCommand({
    id: 'sheet',
    label: t('shell:openShortcuts'),
    group: general,
    keys: '?',
    run: () => open('sheet'),
  })
  useCommand({
    id: 'new',
    label: t('shell:newTicket'),
    group: general,
    keys: 'c',
    run: () => void navigate({ to: '/tickets/new' }),
  })
  useGoCommands()
  useLookCommands()

  return useCallback(
    (text: string) => {
      if (text === '') return []
      const group = t('common:group.search')
      return [
        {
          id: 'search-tickets',
          group,
          label: t('shell:searchFor', { text }),
          run: () =>
            void navigate({
              to: '/inbox/$view',
              params: { view: 'all' },
              search: { search: text },
            }),
        },
        {
          id: 'search-mails',
          group,
          label: t('shell:traceFor', { text }),
          run: () =>
            void navigate({
              to: '/ledger/$direction',
              params: { direction: 'trace' },
              search: { q: text },
            }),
        },
        {
          id: 'search-contacts',
          group,
          label: t('shell:searchContacts', { text }),
          run: () => void navigate({ to: '/contacts', search: { search: text } }),
        },
      ]
    },
    [t, navigate],
  )
}

function useGo(keys: string, label: string, run: () => void, enabled = true): void {
  const { t } = useTranslation()
  useCommand({ id: `go ${keys}`, label, group: t('common:group.go'), keys, run }, enabled)
}

function useGoCommands(): void {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const mayMailboxes = useMay('mailbox.read')
  const mayLedger = useMay('ledger.read')
  const mayHealth = useMay('health.read')
  for (const { view, keys } of GO) {
    // biome-ignore lint/correctness/useHookAtTopLevel: the list is a constant
    useGo(
      keys,
      t(`shell:view.${view}`),
      () => void navigate({ to: '/inbox/$view', params: { view } }),
    )
  }
  useGo('g c', t('shell:contacts'), () => void navigate({ to: '/contacts' }))
  useGo(
    'g l',
    t('shell:ledger'),
    () => void navigate({ to: '/ledger/$direction', params: { direction: 'inbound' } }),
    mayLedger,
  )
  useGo(
    'g e',
    t('ledger:trace.title'),
    () => void navigate({ to: '/ledger/$direction', params: { direction: 'trace' } }),
    mayLedger,
  )
  useGo('g b', t('shell:mailboxes'), () => void navigate({ to: '/mailboxes' }), mayMailboxes)
  useGo('g r', t('shell:doctor'), () => void navigate({ to: '/doctor' }), mayHealth)
  useGo('g s', t('shell:status'), () => void navigate({ to: '/status' }), mayHealth)
}

function useLookCommands(): void {
  const { t } = useTranslation()
  const { setTheme, setLanguage } = useChangeMe()
  const theme = t('shell:theme.title')
  const language = t('shell:language.title')
  useCommand({
    id: 'theme-light',
    label: t('shell:theme.light'),
    group: theme,
    run: () => setTheme('light'),
  })
  useCommand({
    id: 'theme-dark',
    label: t('shell:theme.dark'),
    group: theme,
    run: () => setTheme('dark'),
  })
  useCommand({
    id: 'theme-system',
    label: t('shell:theme.system'),
    group: theme,
    run: () => setTheme('system'),
  })
  useCommand({
    id: 'language-pt',
    label: t('shell:language.pt-BR'),
    group: language,
    run: () => setLanguage('pt-BR'),
  })
  useCommand({
    id: 'language-en',
    label: t('shell:language.en'),
    group: language,
    run: () => setLanguage('en'),
  })
}
