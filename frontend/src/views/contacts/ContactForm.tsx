import { ActionIcon, Button, Input, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { isAddress } from '../../components/addresses'
import { EntryProblem } from '../../components/EntryCard'
import { Icon } from '../../components/Icon'
import { fieldWords, problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { changeContact, contactKeys } from '../../services/contacts'
import type { Contact } from '../../services/types'
import own from './contacts.module.css'
import { SuspendedAddresses } from './SuspendedAddresses'

interface FormAddress {
  address: string
  is_primary: boolean
}

function formOf(contact: Contact) {
  return {
    name: contact.name,
    phone: contact.phone,
    company: contact.company?.name ?? '',
    notes: contact.notes,
    addresses: contact.addresses.map(
      ({ address, is_primary }): FormAddress => ({ address, is_primary }),
    ),
  }
}

export function ContactForm({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [form, setForm] = useState(() => formOf(contact))
  const dirty = JSON.stringify(form) !== JSON.stringify(formOf(contact))
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part })
  const save = useMutation({
    mutationFn: () => {
      const { company, addresses, ...rest } = form
      const primaryFirst = [...addresses].sort(
        (one, other) => Number(other.is_primary) - Number(one.is_primary),
      )
      const written = primaryFirst.map((entry) => entry.address).filter((address) => address !== '')
      return changeContact(contact.id, { ...rest, addresses: written, company_name: company })
    },
    onSuccess: (saved) => {
      client.setQueryData(contactKeys.detail(contact.id), saved)
      void client.invalidateQueries({ queryKey: contactKeys.lists })
      showToast(t('common:saved'))
    },
  })
  const wrong = (field: string) => fieldWords(save.error, field, t)
  const readOnly = !canWrite
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <div className={own.person}>
        <Avatar name={form.name || form.addresses[0]?.address || '?'} size={44} />
        {contact.is_demo && <span className={own.tag}>{t('common:demoTag')}</span>}
      </div>
      <Stack gap="sm">
        <TextInput
          label={t('contacts:name')}
          readOnly={readOnly}
          value={form.name}
          error={wrong('name')}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <AddressRows
          addresses={form.addresses}
          readOnly={readOnly}
          error={wrong('addresses')}
          onChange={(addresses) => set({ addresses })}
        />
        <SuspendedAddresses contact={contact} canWrite={canWrite} />
        <TextInput
          label={t('contacts:phone')}
          readOnly={readOnly}
          value={form.phone}
          error={wrong('phone')}
          onChange={(event) => set({ phone: event.currentTarget.value })}
        />
        <TextInput
          label={t('contacts:company')}
          readOnly={readOnly}
          value={form.company}
          error={wrong('company_name')}
          onChange={(event) => set({ company: event.currentTarget.value })}
        />
        <Textarea
          label={t('contacts:notes')}
          description={t('contacts:notesHelp')}
          autosize
          minRows={3}
          maxRows={12}
          readOnly={readOnly}
          value={form.notes}
          error={wrong('notes')}
          onChange={(event) => set({ notes: event.currentTarget.value })}
        />
        {save.error && (
          <EntryProblem
            text={t('common:saveProblem', {
              reason: problemWords(save.error, t),
            })}
          />
        )}
      </Stack>
      {dirty && (
        <div className={own.saveBar}>
          <span className={own.saveText}>{t('common:unsaved')}</span>
          <Button variant="default" onClick={() => setForm(formOf(contact))}>
            {t('common:discard')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t('common:save')}
          </Button>
        </div>
      )}
    </form>
  )
}

interface AddressRowsProps {
  addresses: FormAddress[]
  readOnly: boolean
  error?: string
  onChange: (addresses: FormAddress[]) => void
}

function AddressRows({ addresses, readOnly, error, onChange }: AddressRowsProps) {
  const { t } = useTranslation()
  const id = useId()
  const change = (at: number, address: string) =>
    onChange(addresses.map((entry, index) => (index === at ? { ...entry, address } : entry)))
  const makePrimary = (at: number) =>
    onChange(addresses.map((entry, index) => ({ ...entry, is_primary: index === at })))
  const remove = (at: number) => {
    const rest = addresses.filter((_, index) => index !== at)
    onChange(
      rest.some((entry) => entry.is_primary)
        ? rest
        : rest.map((entry, index) => ({ ...entry, is_primary: index === 0 })),
    )
  }
  return (
    <Input.Wrapper
      label={t('contacts:addresses')}
      labelElement="div"
      labelProps={{ id }}
      error={error}
    >
      {/* biome-ignore-start lint/suspicious/noArrayIndexKey: the rows have no other name while typed */}
      {addresses.map((entry, index) => (
        <div className={own.addressRow} key={index}>
          <TextInput
            type="email"
            aria-labelledby={id}
            readOnly={readOnly}
            value={entry.address}
            error={entry.address !== '' && !isAddress(entry.address)}
            onChange={(event) => change(index, event.currentTarget.value.trim())}
          />
          {entry.is_primary ? (
            <span className={own.tag}>{t('contacts:primary')}</span>
          ) : (
            <Button
              variant="subtle"
              color="gray"
              disabled={readOnly}
              onClick={() => makePrimary(index)}
            >
              {t('contacts:makePrimary')}
            </Button>
          )}
          <ActionIcon
            disabled={readOnly || addresses.length === 1}
            aria-label={t('common:address.remove', { address: entry.address })}
            onClick={() => remove(index)}
          >
            <Icon name="close" />
          </ActionIcon>
        </div>
      ))}
      {/* biome-ignore-end lint/suspicious/noArrayIndexKey: see above */}
      {!readOnly && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<Icon name="plus" />}
          onClick={() =>
            onChange([...addresses, { address: '', is_primary: addresses.length === 0 }])
          }
        >
          {t('contacts:addAddress')}
        </Button>
      )}
    </Input.Wrapper>
  )
}
