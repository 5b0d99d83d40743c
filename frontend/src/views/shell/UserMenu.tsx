import { Menu, useMantineColorScheme } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon, type IconName } from '../../components/Icon'
import { session } from '../../services/session'
import type { Language, ThemeChoice } from '../../services/types'
import { useMe } from '../../services/useSession'
import classes from './Sidebar.module.css'
import { useChangeMe } from './useChangeMe'

const THEMES: { choice: ThemeChoice; icon: IconName }[] = [
  { choice: 'light', icon: 'sun' },
  { choice: 'dark', icon: 'moon' },
  { choice: 'system', icon: 'monitor' },
]
const LANGUAGES: Language[] = ['pt-BR', 'en']

export function UserMenu({ folded }: { folded: boolean }) {
  const { t, i18n } = useTranslation()
  const me = useMe()
  const { colorScheme } = useMantineColorScheme()
  const { setTheme, setLanguage } = useChangeMe()
  const theme: ThemeChoice = colorScheme === 'auto' ? 'system' : colorScheme

  return (
    <Menu position="top-start" width={220} withinPortal={false}>
      <Menu.Target>
        <button
          type="button"
          className={classes.user}
          aria-label={t('shell:userMenu', { name: me.name })}
        >
          <Avatar name={me.name} size={24} tone="agent" />
          {!folded && <span className={classes.label}>{me.name}</span>}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email}</Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<Icon name="settings" />}>
          {t('shell:account')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('shell:theme.title')}</Menu.Label>
        <Menu.RadioGroup value={theme} onChange={(choice) => setTheme(choice as ThemeChoice)}>
          {THEMES.map(({ choice, icon }) => (
            <Menu.RadioItem
              key={choice}
              value={choice}
              closeMenuOnClick={false}
              rightSection={<Icon name={icon} />}
            >
              {t(`shell:theme.${choice}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t('shell:language.title')}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(language) => setLanguage(language as Language)}
        >
          {LANGUAGES.map((language) => (
            <Menu.RadioItem key={language} value={language} closeMenuOnClick={false}>
              {t(`shell:language.${language}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="signOut" />} onClick={() => void session.logout()}>
          {t('shell:signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
