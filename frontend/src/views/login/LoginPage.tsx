import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryCard, EntryProblem } from '../../components/EntryCard'
import { problemWords } from '../../components/problemWords'
import { isProblem } from '../../services/problem'
import { session } from '../../services/session'

const route = getRouteApi('/login')

/** Only a path of this desk is followed after sign-in, never another site. */
function safeNext(next: string | undefined): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/'
}

export function LoginPage() {
  const { t } = useTranslation()
  const { next } = route.useSearch()
  const router = useRouter()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const login = useMutation({
    mutationFn: () => session.login(email, password),
    onSuccess: () => router.history.push(safeNext(next)),
  })
  const problem = login.error
    ? isProblem(login.error) && login.error.status === 401
      ? t('entry:login.wrong')
      : t('entry:login.problem', { reason: problemWords(login.error, t) })
    : null

  return (
    <EntryCard title={t('entry:login.title')} text={t('entry:tagline')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          login.mutate()
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t('entry:login.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            size="sm"
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('entry:login.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="sm"
            visibilityToggleButtonProps={{ 'aria-label': t('entry:showPassword') }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {problem && <EntryProblem text={problem} />}
          <Button type="submit" size="sm" loading={login.isPending} mt="xs">
            {t('entry:login.submit')}
          </Button>
        </Stack>
      </form>
    </EntryCard>
  )
}
