import { Button, PasswordInput, Progress, Select, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Navigate, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryCard, EntryProblem } from '../../components/EntryCard'
import { fieldWords, problemWords } from '../../components/problemWords'
import { changeLanguage, preferredLanguage } from '../../i18n'
import { session } from '../../services/session'
import { completeSetup, setupOptions } from '../../services/setup'
import type { FirstAdmin, Language } from '../../services/types'
import { passwordStrength, SHORTEST_PASSWORD, type Strength } from './strength'

const route = getRouteApi('/setup')
const BAR: Record<Strength, number> = { weak: 25, fair: 50, good: 75, strong: 100 }

export function SetupPage() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { data: setup } = useQuery(setupOptions())
  const { code } = route.useSearch()
  const [admin, setAdmin] = useState<FirstAdmin>({
    name: '',
    email: '',
    password: '',
    language: preferredLanguage(),
    code: code ?? '',
  })
  const create = useMutation({
    mutationFn: completeSetup,
    onSuccess: (answer) => {
      session.accept(answer)
      client.removeQueries({ queryKey: setupOptions().queryKey })
      void navigate({ to: '/' })
    },
  })
  if (setup && !setup.needed && !create.isSuccess) return <Navigate to="/login" />

  const set = (change: Partial<FirstAdmin>) => setAdmin({ ...admin, ...change })
  const wrong = (field: string) => fieldWords(create.error, field, t)
  const tooShort = admin.password !== '' && admin.password.length < SHORTEST_PASSWORD
  const strength = passwordStrength(admin.password)

  return (
    <EntryCard title={t('entry:setup.title')} text={t('entry:setup.intro')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate(setup?.code_required ? admin : { ...admin, code: undefined })
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t('entry:setup.name')}
            autoComplete="name"
            required
            withAsterisk={false}
            size="sm"
            autoFocus
            value={admin.name}
            error={wrong('name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label={t('entry:setup.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            size="sm"
            value={admin.email}
            error={wrong('email')}
            onChange={(event) => set({ email: event.currentTarget.value })}
          />
          <div>
            <PasswordInput
              label={t('entry:setup.password')}
              description={t('entry:setup.passwordHelp')}
              autoComplete="new-password"
              required
              withAsterisk={false}
              size="sm"
              minLength={SHORTEST_PASSWORD}
              visibilityToggleButtonProps={{ 'aria-label': t('entry:showPassword') }}
              value={admin.password}
              error={wrong('password')}
              onChange={(event) => set({ password: event.currentTarget.value })}
            />
            {admin.password !== '' && (
              <>
                <Progress
                  value={BAR[strength]}
                  size={4}
                  mt={6}
                  color={strength === 'weak' ? 'red' : 'ink'}
                  aria-hidden
                />
                <Text size="xs" c="dimmed" mt={4} role="status">
                  {tooShort
                    ? t('entry:setup.passwordShort')
                    : `${t('entry:strength.label')}: ${t(`entry:strength.${strength}`)}`}
                </Text>
              </>
            )}
          </div>
          <Select
            label={t('entry:setup.language')}
            size="sm"
            allowDeselect={false}
            data={(setup?.languages ?? [admin.language]).map((value) => ({
              value,
              label: t(`shell:language.${value}`),
            }))}
            value={admin.language}
            onChange={(value) => {
              if (!value) return
              set({ language: value as Language })
              void changeLanguage(value as Language)
            }}
          />
          {setup?.code_required && (
            <TextInput
              label={t('entry:setup.code')}
              description={t('entry:setup.codeHelp')}
              required
              withAsterisk={false}
              size="sm"
              autoComplete="off"
              value={admin.code}
              error={wrong('code')}
              onChange={(event) => set({ code: event.currentTarget.value })}
            />
          )}
          {create.error && (
            <EntryProblem
              text={t('entry:setup.problem', {
                reason: problemWords(create.error, t),
              })}
            />
          )}
          <Button type="submit" size="sm" loading={create.isPending} mt="xs">
            {t('entry:setup.submit')}
          </Button>
        </Stack>
      </form>
    </EntryCard>
  )
}
