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
    <Menu position="top-start" width={220}>
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
        {THEMES.map(({ choice, icon }) => (
          <Menu.Item
            key={choice}
            closeMenuOnClick={false}
            leftSection={<Icon name={icon} />}
            rightSection={theme === choice && <Icon name="check" label={t('shell:chosen')} />}
            onClick={() => setTheme(choice)}
          >
            {t(`shell:theme.${choice}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('shell:language.title')}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            closeMenuOnClick={false}
            leftSection={<Icon name="globe" />}
            rightSection={
              i18n.language === language && <Icon name="check" label={t('shell:chosen')} />
            }
            onClick={() => setLanguage(language)}
          >
            {t(`shell:language.${language}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="signOut" />} onClick={() => void session.logout()}>
          {t('shell:signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
