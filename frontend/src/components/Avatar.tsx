import classes from './Avatar.module.css'

const PARTICLES = new Set(['da', 'das', 'de', 'do', 'dos', 'e'])

export function initials(name: string): string {
  const words = name
    .replace(/[^\p{L}\p{N}\s]/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '' && !PARTICLES.has(word.toLowerCase()))
  const first = words[0]?.[0] ?? '?'
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''
  return (first + last).toUpperCase()
}

interface AvatarProps {
  name: string
  size?: number
  tone?: 'contact' | 'agent'
  /** Shown on hover; without it the avatar is decoration beside a written name. */
  title?: string
}

export function Avatar({ name, size = 32, tone = 'contact', title }: AvatarProps) {
  return (
    <span
      className={classes.avatar}
      data-tone={tone}
      data-initials={initials(name)}
      style={{ width: size, height: size, fontSize: Math.max(10, Math.round(size * 0.36)) }}
      title={title}
      role={title ? 'img' : undefined}
      aria-label={title}
      aria-hidden={title ? undefined : true}
    />
  )
}
