import { Button, Group, Modal, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'

interface ConfirmDialogProps {
  opened: boolean
  title: string
  /** What will happen, with counts. */
  children: ReactNode
  /** Left out when nothing can be done here but to read why. */
  action?: string
  /** When set, this word must be typed before the action can be pressed. */
  typeToConfirm?: string
  busy?: boolean
  /** Nothing is lost by it. */
  calm?: boolean
  onConfirm?: () => void
  onClose: () => void
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const blocked = props.typeToConfirm !== undefined && typed.trim() !== props.typeToConfirm
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      size="md"
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <Text component="div" size="sm" mb="md">
        {props.children}
      </Text>
      {props.typeToConfirm !== undefined && (
        <TextInput
          mb="md"
          label={t('common:typeToConfirm', { word: props.typeToConfirm })}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={props.onClose}>
          {t(props.action ? 'common:cancel' : 'common:close')}
        </Button>
        {props.action && (
          <Button
            color={props.calm ? undefined : 'red'}
            disabled={blocked}
            loading={props.busy}
            onClick={props.onConfirm}
          >
            {props.action}
          </Button>
        )}
      </Group>
    </Modal>
  )
}
