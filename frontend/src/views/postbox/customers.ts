/** People to play in the demo room; any other name and address works too. */
export interface Customer {
  name: string
  address: string
}

export const DEMO_DOMAIN = '@demo.local'

export const CUSTOMERS: Customer[] = [
  { name: 'Maria Souza', address: 'maria.souza@demo.local' },
  { name: 'João Lima', address: 'joao.lima@demo.local' },
  { name: 'Ana Prado', address: 'ana.prado@demo.local' },
]

/** The name in `Clara <clara@demo.local>`, or the address when there is none. */
export function displayName(header: string): string {
  const name = /^\s*"?([^"<]*?)"?\s*</.exec(header)?.[1]
  return name || header.replace(/[<>]/g, '')
}

/** `Núbia Reis` becomes nubia.reis@demo.local. */
export function addressFor(name: string): string {
  const local = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .trim()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.+|\.+$/g, '')
    .slice(0, 60)
  return local ? local + DEMO_DOMAIN : ''
}
