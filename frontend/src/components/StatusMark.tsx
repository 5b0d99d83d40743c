import { VisuallyHidden } from '@mantine/core'
import classes from './StatusMark.module.css'

type Category = 'open' | 'waiting' | 'resolved' | 'closed'

interface StatusMarkProps {
  category: Category
  name: string
  iconOnly?: boolean
}

/** A ring that fills as the work goes on: open, half full while waiting, ticked when resolved. */
function Glyph({ category }: { category: Category }) {
  return (
    <svg
      className={classes.glyph}
      data-category={category}
      width="14"
      height="14"
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <circle cx="7" cy="7" r="5.500" fill={category === 'closed' ? 'currentColor' : 'none'} />
      {category === 'waiting' && (
        <path d="M7 3.800a3.200 3.200 0 0 1 0 6.400z" fill="currentColor" stroke="none" />
      )}
      {category === 'resolved' && <path d="m4.700 7.200 1.600 1.600 3-3.300" />}
    </svg>
  )
}

export function StatusMark({ category, name, iconOnly = false }: StatusMarkProps) {
  return (
    <span className={classes.mark} title={iconOnly ? name : undefined}>
      <Glyph category={category} />
      {iconOnly ? (
        <VisuallyHidden>{name}</VisuallyHidden>
      ) : (
        <span className={classes.text}>{name}</span>
      )}
    </span>
  )
}
