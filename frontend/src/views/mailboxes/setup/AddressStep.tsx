import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EntryProblem } from '../../../components/EntryCard'
import frame from '../../../components/PageFrame.module.css'
import { fieldWords, problemWords } from '../../../components/problemWords'
import type { Discovered } from '../../../services/types'
import classes from './setup.module.css'

interface AddressStepProps {
  address: string
  discover: UseMutationResult<Discovered, Error, string>
  /** Goes on with empty servers when nothing can be looked up. */
  onByHand: (address: string) => void
}

/** All that has to be known by heart: the rest is looked up. */
export function AddressStep({ address, discover, onByHand }: AddressStepProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(address)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        discover.mutate(typed)
      }}
    >
      <Stack gap="md">
        <div>
          <h2 className={classes.title}>{t('mailboxes:setup.addressTitle')}</h2>
          <p className={frame.help}>{t('mailboxes:setup.addressHelp')}</p>
        </div>
        <TextInput
          label={t('mailboxes:address')}
          placeholder={t('mailboxes:setup.example')}
          type="email"
          size="md"
          required
          withAsterisk={false}
          autoFocus
          value={typed}
          error={fieldWords(discover.error, 'address', t)}
          onChange={(event) => setTyped(event.currentTarget.value.trim())}
        />
        {discover.error && <EntryProblem text={problemWords(discover.error, t)} />}
        <Group justify="flex-end" gap="xs">
          {discover.error && typed.includes('@') && (
            <Button variant="default" onClick={() => onByHand(typed)}>
              {t('mailboxes:setup.byHand')}
            </Button>
          )}
          <Button type="submit" loading={discover.isPending} disabled={typed === ''}>
            {t('mailboxes:setup.next')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
