import { Button, Modal, Skeleton, Tabs } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { fileSize } from '../../../components/fileSize'
import { Icon } from '../../../components/Icon'
import { LoadProblem } from '../../../components/LoadProblem'
import { problemWords } from '../../../components/problemWords'
import { showToast } from '../../../components/toasts'
import { downloadOriginalMail, sourceOptions } from '../../../services/messages'
import type { MailSource, Message } from '../../../services/types'
import classes from './original.module.css'

/** The mail as it came: its header as a table, and its bytes as text. */
export function OriginalDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation()
  const source = useQuery(sourceOptions(message.id))
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('mail:original.title')}
      size={920}
      yOffset="6vh"
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {source.isPending && <Skeleton height={320} aria-label={t('common:loading')} role="status" />}
      {source.isError && <LoadProblem error={source.error} onRetry={() => void source.refetch()} />}
      {source.data && <Source message={message} source={source.data} />}
    </Modal>
  )
}

function Source({ message, source }: { message: Message; source: MailSource }) {
  const { t, i18n } = useTranslation()
  const download = useMutation({
    mutationFn: () => downloadOriginalMail(message),
    onError: (error) =>
      showToast(t('ticket:downloadProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  const copy = async () => {
    await navigator.clipboard.writeText(source.source)
    showToast(t('mail:original.copied'))
  }
  return (
    <Tabs defaultValue="source" keepMounted={false}>
      <div className={classes.bar}>
        <Tabs.List>
          <Tabs.Tab value="source">{t('mail:original.source')}</Tabs.Tab>
          <Tabs.Tab value="headers">{t('mail:original.headers')}</Tabs.Tab>
        </Tabs.List>
        <span className={classes.size}>{fileSize(source.size, i18n.language)}</span>
        <Button
          variant="default"
          leftSection={<Icon name="copy" size={14} />}
          onClick={() => void copy()}
        >
          {t('mail:original.copy')}
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="download" size={14} />}
          loading={download.isPending}
          onClick={() => download.mutate()}
        >
          {t('mail:original.download')}
        </Button>
      </div>
      <Tabs.Panel value="source">
        {source.truncated && <p className={classes.cut}>{t('mail:original.truncated')}</p>}
        <Scrolling label={t('mail:original.source')}>
          <pre className={classes.source}>{source.source}</pre>
        </Scrolling>
      </Tabs.Panel>
      <Tabs.Panel value="headers">
        <Scrolling label={t('mail:original.headers')}>
          <table className={classes.headers}>
            <thead>
              <tr>
                <th scope="col">{t('mail:original.name')}</th>
                <th scope="col">{t('mail:original.value')}</th>
              </tr>
            </thead>
            <tbody>
              {source.headers.map(([name, value], index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: header fields repeat and never move
                <tr key={index}>
                  <th scope="row">{name}</th>
                  <td>{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolling>
      </Tabs.Panel>
    </Tabs>
  )
}

function Scrolling({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={classes.scroll} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
