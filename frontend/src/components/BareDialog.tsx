import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'

interface BareDialogProps {
  opened: boolean
  /** The name of the dialog; it has no visible title. */
  label: string
  width: number
  onClose: () => void
  children: ReactNode
}

/** A dialog that is all content: the command bar and the pickers. Opens without movement. */
export function BareDialog({ opened, label, width, onClose, children }: BareDialogProps) {
  if (!opened) return null
  return (
    <Modal.Root opened onClose={onClose} size={width} padding={0} yOffset="12vh">
      <Modal.Overlay backgroundOpacity={0.25} />
      <Modal.Content aria-label={label}>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
