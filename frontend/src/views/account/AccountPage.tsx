import { Button, PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../components/EntryCard'
import { PageFrame } from '../../components/PageFrame'
import frame from '../../components/PageFrame.module.css'
import { fieldWords, problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { usePreference } from '../../services/preferences'
import { session } from '../../services/session'
import { changeMe, changePassword } from '../../services/users'
import { useMe } from '../../services/useSession'
import { ImageSenders } from './ImageSenders'

const TIME_ZONES = Intl.supportedValuesOf('timeZone')

/** What people set about themselves. Language and theme live in the menu at the bottom left. */
export function AccountPage() {
  const { t } = useTranslation()
  return (
    <PageFrame title={t('shell:account')}>
      <div className={frame.form}>
        <ProfileForm />
        <h2 className={frame.heading}>{t('account:keyboard')}</h2>
        <ShortcutSwitch />
        <h2 className={frame.heading}>{t('account:images')}</h2>
        <p className={frame.help}>{t('account:imagesHelp')}</p>
        <ImageSenders />
        <h2 className={frame.heading}>{t('account:password')}</h2>
        <p className={frame.help}>{t('account:passwordHelp')}</p>
        <PasswordForm />
      </div>
    </PageFrame>
  )
}

function ProfileForm() {
  const { t } = useTranslation()
  const me = useMe()
  const [name, setName] = useState(me.name)
  const [zone, setZone] = useState(me.time_zone)
  const save = useMutation({
    mutationFn: () => changeMe({ name: name.trim(), time_zone: zone }),
    onSuccess: (user) => {
      session.updateUser(user)
      showToast(t('common:saved'))
    },
  })
  const wrong = (field: string) => fieldWords(save.error, field, t)
  const dirty = name.trim() !== me.name || zone !== me.time_zone
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm" align="stretch">
        <TextInput
          label={t('account:name')}
          required
          withAsterisk={false}
          value={name}
          error={wrong('name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput label={t('account:email')} value={me.email} variant="filled" readOnly />
        <Select
          label={t('account:timeZone')}
          description={t('account:timeZoneHelp')}
          searchable
          allowDeselect={false}
          limit={60}
          data={TIME_ZONES.includes(zone) ? TIME_ZONES : [zone, ...TIME_ZONES]}
          value={zone}
          error={wrong('time_zone')}
          onChange={(value) => setZone(value ?? zone)}
        />
        {save.error && (
          <EntryProblem
            text={t('common:saveProblem', {
              reason: problemWords(save.error, t),
            })}
          />
        )}
        <div>
          <Button type="submit" disabled={!dirty || name.trim() === ''} loading={save.isPending}>
            {t('common:save')}
          </Button>
        </div>
      </Stack>
    </form>
  )
}

function ShortcutSwitch() {
  const { t } = useTranslation()
  const [enabled, setEnabled] = usePreference('shortcuts')
  return (
    <Switch
      size="xs"
      label={t('common:shortcuts.enabled')}
      description={t('common:shortcuts.enabledHelp')}
      checked={enabled}
      onChange={(event) => setEnabled(event.currentTarget.checked)}
    />
  )
}

function PasswordForm() {
  const { t } = useTranslation()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const save = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      setCurrent('')
      setNext('')
      showToast(t('account:passwordChanged'))
    },
  })
  const wrong = (field: string) => fieldWords(save.error, field, t)
  const toggle = { 'aria-label': t('entry:showPassword') }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <PasswordInput
          label={t('account:current')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={toggle}
          value={current}
          error={wrong('current_password')}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('account:next')}
          description={t('entry:setup.passwordHelp')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={toggle}
          value={next}
          error={wrong('new_password')}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        {save.error && (
          <EntryProblem
            text={t('common:saveProblem', {
              reason: problemWords(save.error, t),
            })}
          />
        )}
        <div>
          <Button type="submit" disabled={current === '' || next === ''} loading={save.isPending}>
            {t('account:changePassword')}
          </Button>
        </div>
      </Stack>
    </form>
  )
}
