/** The desk's own icons: 16 px grid, 1.5 px strokes, drawn in the colour of the text around them. */
const PATHS = {
  inbox: 'M2.5 9.500h3l1 2h3l1-2h3M4.200 3h7.600l1.700 6.500v3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-3z',
  home: 'M2.500 7.500 8 3l5.500 4.500v5a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1z',
  user: 'M8 8.500a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500ZM2.750 13.500c.6-2.300 2.600-3.250 5.250-3.250s4.650.95 5.250 3.250',
  userOff:
    'M6.500 8.250a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM2 13c.5-2 2.200-3 4.500-3 1 0 1.900.2 2.600.6M11 10l3 3M14 10l-3 3',
  users:
    'M6 8a2.250 2.250 0 1 0 0-4.500A2.250 2.250 0 0 0 6 8ZM1.750 13c.4-2 2-3 4.250-3s3.850 1 4.250 3M10.500 3.700a2.250 2.250 0 0 1 0 4.100M12 10.300c1.300.4 2.100 1.300 2.300 2.700',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.750V8l2.250 1.500',
  alert: 'M8 2.500 14 13H2zM8 6.500v3M8 11.250v.1',
  check: 'm3.500 8.500 3 3 6-7',
  checkCircle: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm-2.500-6 1.800 1.800 3.200-3.600',
  trash: 'M2.750 4.500h10.500M6.250 4.500v-2h3.500v2M4 4.500l.6 9h6.800l.6-9M6.750 7v4M9.250 7v4',
  ledger: 'M3 2.500h10v11H3zM5.500 5.500h5M5.500 8h5M5.500 10.500h3',
  mailbox:
    'M2 4.500a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1zM2.300 4.500 8 8.750l5.700-4.250',
  postbox:
    'M2 12.500V7a3 3 0 0 1 3-3h6a3 3 0 0 1 3 3v5.500H8V7a3 3 0 0 0-6 0M4 7.750h2M11 7.500h1.500M8 12.500H2',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM10.500 10.500l3 3',
  plus: 'M8 3v10M3 8h10',
  chevronDown: 'm4 6 4 4 4-4',
  chevronUp: 'm4 10 4-4 4 4',
  chevronLeft: 'm10 4-4 4 4 4',
  chevronRight: 'm6 4 4 4-4 4',
  arrowLeft: 'M13 8H3m4-4L3 8l4 4',
  arrowUp: 'M8 13V3M4 7l4-4 4 4',
  close: 'm4 4 8 8M12 4l-8 8',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  reply: 'M6.500 3.500 2.500 7.500l4 4M2.500 7.500h6a5 5 0 0 1 5 5',
  lock: 'M4 7.250h8v6H4zM5.500 7.250V5a2.500 2.500 0 0 1 5 0v2.250',
  attach:
    'm13 7.500-5.300 5.300a3 3 0 0 1-4.200-4.200L9 3.100a2 2 0 0 1 2.900 2.900l-5.400 5.300a1 1 0 0 1-1.400-1.400L10 5',
  download: 'M8 2.500v7.500M4.750 7 8 10.250 11.250 7M3 13.500h10',
  sun: 'M8 10.750a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500ZM8 1.750v1M8 13.250v1M1.750 8h1M13.250 8h1M3.600 3.600l.7.7M11.700 11.700l.7.7M3.600 12.400l.7-.7M11.700 4.300l.7-.7',
  moon: 'M13.250 9.500A5.750 5.750 0 0 1 6.500 2.750a5.750 5.750 0 1 0 6.750 6.750Z',
  monitor: 'M2 3h12v8H2zM5.500 13.500h5M8 11v2.500',
  globe:
    'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c2 2 2.500 4 2.500 6S10 12 8 14c-2-2-2.500-4-2.500-6S6 4 8 2Z',
  signOut: 'M9.500 2.500h-6v11h6M6.500 8h7M11 5.500 13.500 8 11 10.500',
  sidebar: 'M2 3h12v10H2zM6 3v10',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  refresh: 'M13 8a5 5 0 1 1-1.500-3.550L13 6M13 2.750V6H9.750',
  split: 'M2 3h12v10H2zM7 3v10M3.750 5.750h1.500M3.750 8h1.500',
  table: 'M2 3h12v10H2zM2 6.300h12M2 9.600h12M6.500 6.300V13',
  outgoing: 'M5 11 11 5M6 5h5v5',
  send: 'M2.500 8 13.500 3l-3 10.500-3-4zM7.500 9.500 13.500 3',
  flask:
    'M6.250 2.500h3.500M7 2.500v4L3.500 12.250a.8.8 0 0 0 .7 1.250h7.600a.8.8 0 0 0 .7-1.250L9 6.500v-4M5 10h6',
  keyboard: 'M1.750 4.500h12.500v7.500H1.750zM4 7h.01M6.600 7h.01M9.300 7h.01M12 7h.01M5 9.500h6',
  filter: 'M2.500 4h11M4.500 8h7M6.500 12h3',
  sort: 'M4.500 3v10M2.500 11l2 2 2-2M8.500 4h5M8.500 8h3.500M8.500 12h2',
  pencil: 'm3 10.500 7-7 2.500 2.500-7 7-3 .5z',
  undo: 'M5.500 3 2.500 6l3 3M2.500 6h6.750a3.750 3.750 0 0 1 0 7.500H6',
  company: 'M3 13.500v-11h6v11M9 6.500h4v7M5 5.250h2M5 8h2M5 10.750h2M1.750 13.500h12.500',
  phone:
    'M4.500 2.500h-2c0 6 5 11 11 11v-2.750l-3-1-1.250 1.500c-2-1-3.500-2.500-4.500-4.500l1.500-1.250z',
  settings:
    'M2.500 4.500h6M12 4.500h1.500M2.500 11.500H4M7.500 11.500h6M10.250 6.250a1.750 1.750 0 1 0 0-3.500 1.750 1.750 0 0 0 0 3.500ZM5.750 13.250a1.750 1.750 0 1 0 0-3.500 1.750 1.750 0 0 0 0 3.500Z',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.250v3.500M8 5.250v.1',
} as const

export type IconName = keyof typeof PATHS

interface IconProps {
  name: IconName
  size?: number
  /** Without a label the icon is decoration and hidden from screen readers. */
  label?: string
}

export function Icon({ name, size = 16, label }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.25 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: 'none' }}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
