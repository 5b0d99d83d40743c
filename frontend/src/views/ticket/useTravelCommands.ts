import { useTranslation } from 'react-i18next'
import { useCommand } from '../../components/useCommand'
import { useNeighbours } from '../../services/openList'
import { useBackToList } from './useBackToList'

/** The ways out of a ticket; they work while it is still loading too. */
export function useTravelCommands(ticketId: string): void {
  const { t } = useTranslation()
  const { inList, back, open } = useBackToList()
  const { previous, next } = useNeighbours(ticketId)
  const group = t('common:group.ticket')
  useCommand(
    { id: 'ticket-next', label: t('ticket:next'), group, keys: ']', run: () => next && open(next) },
    inList && next !== undefined,
  )
  useCommand(
    {
      id: 'ticket-previous',
      label: t('ticket:previous'),
      group,
      keys: '[',
      run: () => previous && open(previous),
    },
    inList && previous !== undefined,
  )
  useCommand({ id: 'ticket-back', label: t('ticket:back'), group, keys: 'Escape', run: back })
}
