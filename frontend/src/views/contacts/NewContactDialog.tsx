import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../components/EntryCard'
import { fieldWords, problemWords } from '../../components/problemWords'
import { contactKeys, createContact } from '../../services/contacts'

const EMPTY = { name: '', address: '', phone: '', company: '' }

export function NewContactDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [form, setForm] = useState(EMPTY)
  const create = useMutation({
    mutationFn: () =>
      createContact({
        name: form.name,
        phone: form.phone,
        company_name: form.company || undefined,
        addresses: form.address ? [form.address.trim()] : [],
      }),
    onSuccess: (contact) => {
      void client.invalidateQueries({ queryKey: contactKeys.lists })
      close()
      void navigate({ to: '/contacts/$contactId', params: { contactId: contact.id } })
    },
  })
  const close = () => {
    setForm(EMPTY)
    create.reset()
    onClose()
  }
  const set = (part: Partial<typeof EMPTY>) => setForm({ ...form, ...part })
  const wrong = (field: string) => fieldWords(create.error, field, t)
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('contacts:new')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t('contacts:name')}
            required
            withAsterisk={false}
            data-autofocus
            value={form.name}
            error={wrong('name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label={t('contacts:address')}
            type="email"
            required
            withAsterisk={false}
            value={form.address}
            error={wrong('addresses')}
            onChange={(event) => set({ address: event.currentTarget.value })}
          />
          <TextInput
            label={t('contacts:phone')}
            value={form.phone}
            error={wrong('phone')}
            onChange={(event) => set({ phone: event.currentTarget.value })}
          />
          <TextInput
            label={t('contacts:company')}
            value={form.company}
            error={wrong('company_name')}
            onChange={(event) => set({ company: event.currentTarget.value })}
          />
          {create.error && (
            <EntryProblem
              text={t('common:saveProblem', {
                reason: problemWords(create.error, t),
              })}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t('contacts:create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
