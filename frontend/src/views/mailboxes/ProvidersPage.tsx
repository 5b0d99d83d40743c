import { ActionIcon, Button, CopyButton, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../components/EntryCard'
import { Icon } from '../../components/Icon'
import { LoadProblem } from '../../components/LoadProblem'
import { PageFrame } from '../../components/PageFrame'
import frame from '../../components/PageFrame.module.css'
import { fieldWords, problemWords } from '../../components/problemWords'
import { TableSkeleton } from '../../components/TableSkeleton'
import { showToast } from '../../components/toasts'
import { oauthClientsOptions, oauthKeys, registerClient } from '../../services/oauth'
import type { OAuthClient } from '../../services/types'
import classes from './mailboxes.module.css'
import { CONSOLE, PROVIDER_NAME } from './providers'

/** The desk's registration with the providers that mailboxes sign in at. */
export function ProvidersPage() {
  const { t } = useTranslation()
  const clients = useQuery(oauthClientsOptions())
  return (
    <PageFrame
      title={t('mailboxes:providers.title')}
      before={
        <ActionIcon
          component={Link}
          to="/mailboxes"
          aria-label={t('mailboxes:back')}
          title={t('mailboxes:back')}
        >
          <Icon name="arrowLeft" />
        </ActionIcon>
      }
    >
      {clients.isPending && <TableSkeleton />}
      {clients.isError && (
        <LoadProblem error={clients.error} onRetry={() => void clients.refetch()} />
      )}
      {clients.data && (
        <div className={frame.form}>
          <p className={frame.help}>{t('mailboxes:providers.help')}</p>
          {clients.data.map((one) => (
            <ClientForm key={one.provider} client={one} />
          ))}
        </div>
      )}
    </PageFrame>
  )
}

function ClientForm({ client }: { client: OAuthClient }) {
  const { t } = useTranslation()
  const query = useQueryClient()
  const start = { client_id: client.client_id, client_secret: '', tenant: client.tenant }
  const [form, setForm] = useState(start)
  const name = PROVIDER_NAME[client.provider]
  const dirty = JSON.stringify(form) !== JSON.stringify(start)
  const save = useMutation({
    mutationFn: () => registerClient(client.provider, form),
    onSuccess: (saved) => {
      query.setQueryData<OAuthClient[]>(oauthKeys.clients, (all) =>
        all?.map((one) => (one.provider === saved.provider ? saved : one)),
      )
      setForm({ client_id: saved.client_id, client_secret: '', tenant: saved.tenant })
      showToast(t('common:saved'))
    },
  })
  const wrong = (field: string) => fieldWords(save.error, field, t)
  return (
    <form
      className={classes.provider}
      aria-label={name}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <div className={classes.providerHead}>
        <h2>{name}</h2>
        <span className={classes.state} data-tone={client.configured ? 'ok' : undefined}>
          {t(`mailboxes:providers.${client.configured ? 'ready' : 'missing'}`)}
        </span>
      </div>
      <p className={classes.small}>
        {t(`mailboxes:providers.${client.provider}Help`)}{' '}
        <a href={CONSOLE[client.provider]} target="_blank" rel="noreferrer">
          {t('mailboxes:providers.console', { name })}
        </a>
      </p>
      <RedirectAddress uri={client.redirect_uri} />
      <TextInput
        label={t('mailboxes:providers.client_id')}
        autoComplete="off"
        value={form.client_id}
        error={wrong('client_id')}
        onChange={(event) => setForm({ ...form, client_id: event.currentTarget.value.trim() })}
      />
      <PasswordInput
        label={t('mailboxes:providers.client_secret')}
        autoComplete="new-password"
        placeholder={client.configured ? t('mailboxes:passwordKept') : undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('entry:showPassword') }}
        value={form.client_secret}
        error={wrong('client_secret')}
        onChange={(event) => setForm({ ...form, client_secret: event.currentTarget.value })}
      />
      {client.provider === 'microsoft' && (
        <TextInput
          label={t('mailboxes:providers.tenant')}
          description={t('mailboxes:providers.tenantHelp')}
          autoComplete="off"
          value={form.tenant}
          error={wrong('tenant')}
          onChange={(event) => setForm({ ...form, tenant: event.currentTarget.value.trim() })}
        />
      )}
      {save.error && (
        <EntryProblem text={t('common:saveProblem', { reason: problemWords(save.error, t) })} />
      )}
      <div className={classes.providerFoot}>
        <Button type="submit" loading={save.isPending} disabled={!dirty}>
          {t('common:save')}
        </Button>
      </div>
    </form>
  )
}

/** Registered at the provider letter by letter, so it is copied, not typed. */
function RedirectAddress({ uri }: { uri: string }) {
  const { t } = useTranslation()
  return (
    <TextInput
      label={t('mailboxes:providers.redirect')}
      description={t('mailboxes:providers.redirectHelp')}
      readOnly
      variant="filled"
      value={uri}
      onFocus={(event) => event.currentTarget.select()}
      rightSection={
        <CopyButton value={uri}>
          {({ copied, copy }) => (
            <ActionIcon
              size={24}
              aria-label={t('mailboxes:providers.copy')}
              title={t('mailboxes:providers.copy')}
              onClick={copy}
            >
              <Icon name={copied ? 'check' : 'copy'} size={14} />
            </ActionIcon>
          )}
        </CopyButton>
      }
    />
  )
}
