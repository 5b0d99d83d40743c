export interface SuspensionWords {
  /** The end of the text's key, `contacts:suspended.<key>`. */
  key: 'complaint' | 'unknown' | 'refused' | 'other'
  values: Record<string, string>
}

/** Why an address is suspended, from what the desk noted: a complaint or a server's refusal. */
export function suspension(reason: string): SuspensionWords {
  if (reason.startsWith('complaint: ')) return { key: 'complaint', values: {} }
  const code = /^(?<code>[245]\.\d+\.\d+) /.exec(reason)?.groups?.code
  if (code === '5.1.1') return { key: 'unknown', values: { code } }
  if (code) return { key: 'refused', values: { code } }
  return { key: 'other', values: { reason } }
}
