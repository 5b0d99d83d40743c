import type { TicketRow } from '../../services/types'

export interface RowProps {
  row: TicketRow
  view: string
  /** Distance from the top of the list, in pixels. */
  top: number
  isOpen: boolean
  /** The row that Tab reaches; the arrows and j/k move it. */
  isCurrent: boolean
  onFocus: () => void
}
