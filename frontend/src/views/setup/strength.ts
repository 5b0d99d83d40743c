export type Strength = 'weak' | 'fair' | 'good' | 'strong'

export const SHORTEST_PASSWORD = 12

/** A hint only, by length and variety; the server has its own rules. */
export function passwordStrength(password: string): Strength {
  const distinct = new Set(password).size
  if (password.length < SHORTEST_PASSWORD || distinct < 5) return 'weak'
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) =>
    kind.test(password),
  ).length
  const points = password.length + kinds * 2 + Math.min(distinct, 12) / 2
  if (points < 20) return 'fair'
  return points < 27 ? 'good' : 'strong'
}
