import { ActionIcon, Button, Menu, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../../components/Avatar'
import { Icon } from '../../components/Icon'
import { addressFor, CUSTOMERS, type Customer } from './customers'
import classes from './PostboxPage.module.css'

interface IdentityProps {
  customer: Customer
  onChange: (customer: Customer) => void
  onWrite: () => void
}

/** Whose postbox this is; another customer is two presses away. */
export function Identity({ customer, onChange, onWrite }: IdentityProps) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState(false)
  const [name, setName] = useState('')
  const address = addressFor(name)
  const choose = (next: Customer) => {
    setOpened(false)
    setName('')
    onChange(next)
  }
  return (
    <>
      <div className={classes.identity}>
        <Avatar name={customer.name} size={36} />
        <div className={classes.who}>
          <h1 className={classes.title}>{t('postbox:of', { name: customer.name })}</h1>
          <div className={classes.address}>{customer.address}</div>
        </div>
        <Menu opened={opened} onChange={setOpened} position="bottom-end" width={280}>
          <Menu.Target>
            <ActionIcon aria-label={t('postbox:another')} title={t('postbox:another')}>
              <Icon name="users" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t('postbox:another')}</Menu.Label>
            {CUSTOMERS.map((one) => (
              <Menu.Item
                key={one.address}
                leftSection={<Avatar name={one.name} size={22} />}
                onClick={() => choose(one)}
              >
                {one.name}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <form
              style={{ display: 'flex', alignItems: 'end', gap: 8, padding: 8 }}
              onSubmit={(event) => {
                event.preventDefault()
                if (address) choose({ name: name.trim(), address })
              }}
            >
              <TextInput
                style={{ flex: 1 }}
                label={t('postbox:ownName')}
                description={address || t('postbox:ownNameHelp')}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                onKeyDown={(event) => event.stopPropagation()}
              />
              <Button type="submit" disabled={!address}>
                {t('postbox:be')}
              </Button>
            </form>
          </Menu.Dropdown>
        </Menu>
      </div>
      <div className={classes.write}>
        <Button fullWidth leftSection={<Icon name="pencil" />} onClick={onWrite}>
          {t('postbox:write')}
        </Button>
      </div>
    </>
  )
}
