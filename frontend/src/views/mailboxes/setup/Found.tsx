import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../components/Icon'
import type { Discovered } from '../../../services/types'
import { PROVIDER_NAME, PROVIDERS } from '../providers'
import classes from './setup.module.css'
import type { Setup } from './wizardStore'

/** What was found out about an address: whose it is, and where its mail is read and sent. */
export function Found({ setup, onChangeAddress }: { setup: Setup; onChangeAddress: () => void }) {
  const { t } = useTranslation()
  const { form, found } = setup
  return (
    <section className={classes.found} aria-label={t('mailboxes:setup.found')}>
      <Icon name="mailbox" size={18} />
      <div className={classes.foundText}>
        <strong>{form.address}</strong>
        <span className={classes.faint}>
          {found?.provider ? `${providerName(found)} · ` : ''}
          {t(`mailboxes:setup.source.${found?.source ?? 'hand'}`)}
        </span>
        {form.imap_host && (
          <span className={classes.faint}>
            {t('mailboxes:setup.reads', { server: `${form.imap_host}:${form.imap_port}` })} ·{' '}
            {t('mailboxes:setup.sends', { server: `${form.smtp_host}:${form.smtp_port}` })}
          </span>
        )}
      </div>
      <Button variant="subtle" color="gray" onClick={onChangeAddress}>
        {t('mailboxes:setup.otherAddress')}
      </Button>
    </section>
  )
}

function providerName({ provider }: Discovered): string {
  const known = PROVIDERS.find((one) => one === provider)
  return known ? PROVIDER_NAME[known] : (provider ?? '')
}
