/** The words the desk gives as the reason of a fate, and the text of the app that says the same. */
const REASONS: [RegExp, string][] = [
  [/^no known conversation$/, 'new'],
  [/^signed Message-ID$/, 'signed'],
  [/^known Message-ID$/, 'known'],
  [/^#(?<number>\d+) was closed more than (?<days>\d+) days ago$/, 'closed'],
  [/^Sent by this desk\.$/, 'own'],
  [/^Same bytes as UID (?<uid>\d+)\.$/, 'sameBytes'],
  [/^The same mail arrived at (?<place>.+)\.$/, 'elsewhere'],
  [/^A delivery report about a mail this desk does not know\.$/, 'strayReport'],
  [/^answered by mail$/, 'byMail'],
  [/^spam: (?<sign>.+)$/, 'spam'],
  [/^(?:auto_reply|auto_generated|loop): (?<sign>.+)$/, 'automatic'],
  [/^list: (?<sign>.+)$/, 'list'],
  [/^read_receipt: (?<sign>.+)$/, 'readReceipt'],
  [/^complaint: (?<sign>.+)$/, 'complaint'],
  [/^(?<code>[245]\.\d+\.\d+) failed (?<address>\S+)$/, 'bounced'],
  [/^Processing this mail killed its worker three times\.$/, 'killed'],
  [/^The stored bytes are gone or damaged\.$/, 'damaged'],
  [/^Understanding this mail failed three times\.$/, 'failed'],
  [/^The server did not give this mail's bytes\.$/, 'notFetched'],
  [/^The connection ended three times while this mail was fetched\.$/, 'dropped'],
]

export interface ReasonWords {
  /** The end of the text's key, `ledger:reasons.<key>`. */
  key: string
  values: Record<string, string>
}

/** How to say a reason in the reader's language; null for one the app does not know. */
export function reasonWords(reason: string): ReasonWords | null {
  for (const [pattern, key] of REASONS) {
    const found = pattern.exec(reason)
    if (found) return { key, values: { ...found.groups } }
  }
  return null
}
