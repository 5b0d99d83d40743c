const UNITS = ['kilobyte', 'megabyte', 'gigabyte'] as const

/** `1,4 MB` in the reader's language; a kilobyte is 1000 bytes. */
export function fileSize(bytes: number, language: string): string {
  const thousands = bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3) - 1
  const step = Math.min(UNITS.length - 1, Math.max(0, thousands))
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[step],
    maximumFractionDigits: step === 0 && bytes >= 1000 ? 0 : 1,
  }).format(Math.max(bytes, Math.min(bytes * 100, 100)) / 1000 ** (step + 1))
}
