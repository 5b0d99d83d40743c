import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '../../../components/ConfirmDialog'
import { TimeText } from '../../../components/TimeText'
import type { Delivery } from '../../../services/types'
import { Strip } from './Strip'
import classes from './sending.module.css'
import { ServerWords } from './TroubleStrip'
import type { DeliveryActions } from './useDeliveryActions'

interface UncertainStripProps {
  delivery: Delivery
  address: string
  actions: DeliveryActions
  mayAct: boolean
}

type Asked = 'arrived' | 'sendAgain'

/** Nobody knows whether it arrived: what is known, and a person's word about it (S10). */
export function UncertainStrip({ delivery, address, actions, mayAct }: UncertainStripProps) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<Asked | null>(null)
  const looked = delivery.looked_in_sent_at
  return (
    <>
      <Strip
        icon="alert"
        tone="warn"
        alert
        actions={
          mayAct && (
            <>
              <Button variant="default" disabled={actions.busy} onClick={() => setAsked('arrived')}>
                {t('sending:arrived')}
              </Button>
              <Button
                variant="default"
                disabled={actions.busy}
                onClick={() => setAsked('sendAgain')}
              >
                {t('sending:sendAgain')}
              </Button>
            </>
          )
        }
      >
        <strong>{t('sending:uncertain.title')}</strong> {t('sending:uncertain.text')}
        <span className={classes.aside}>
          {looked ? (
            <>
              {t('sending:uncertain.looked')} <TimeText at={looked} form="ago" />{' '}
              {t('sending:uncertain.notFound')}
            </>
          ) : (
            t('sending:uncertain.willLook')
          )}
        </span>
        <ServerWords delivery={delivery} />
      </Strip>
      <ConfirmDialog
        opened={asked !== null}
        title={t(`sending:uncertain.${asked ?? 'arrived'}Title`)}
        action={t(asked === 'sendAgain' ? 'sending:sendAgain' : 'sending:arrived')}
        calm={asked === 'arrived'}
        busy={actions.busy}
        onConfirm={() => {
          if (asked) actions.run(asked)
          setAsked(null)
        }}
        onClose={() => setAsked(null)}
      >
        {t(`sending:uncertain.${asked ?? 'arrived'}Text`, { address })}
      </ConfirmDialog>
    </>
  )
}
