import { CloseButton, TextInput } from '@mantine/core'
import { useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../components/Icon'
import { KeyCaps } from '../../components/KeyCaps'
import { useCommand } from '../../components/useCommand'
import classes from './Shell.module.css'

/** Searches all tickets; the words stand in the URL, so a search can be pasted to a colleague. */
export function SearchField() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const field = useRef<HTMLInputElement>(null)
  const inUrl = useRouterState({
    select: ({ location }) =>
      location.pathname.startsWith('/inbox/')
        ? ((location.search as { search?: string }).search ?? '')
        : '',
  })
  const [text, setText] = useState(inUrl)
  useEffect(() => setText(inUrl), [inUrl])

  useCommand({
    id: 'search',
    label: t('shell:search'),
    group: t('common:group.search'),
    keys: '/',
    run: () => field.current?.focus(),
  })

  const search = (words: string) => {
    if (words === '') void navigate({ to: '/inbox/$view', params: { view: 'open' }, search: {} })
    else void navigate({ to: '/inbox/$view', params: { view: 'all' }, search: { search: words } })
  }

  return (
    <search className={classes.search}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          search(text.trim())
        }}
      >
        <TextInput
          ref={field}
          aria-label={t('shell:search')}
          placeholder={t('shell:search')}
          leftSection={<Icon name="search" />}
          rightSection={
            text ? (
              <CloseButton
                size="xs"
                aria-label={t('shell:clearSearch')}
                onClick={() => {
                  setText('')
                  if (inUrl !== '') search('')
                }}
              />
            ) : (
              <KeyCaps keys="/" />
            )
          }
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') field.current?.blur()
          }}
        />
      </form>
    </search>
  )
}
