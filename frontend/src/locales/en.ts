/** The words of this language by namespace (the file's name). */
const files = import.meta.glob<Record<string, unknown>>('./en/*.json', {
  eager: true,
  import: 'default',
})

export const catalogue = Object.fromEntries(
  Object.entries(files).map(([path, words]) => [path.replace(/^.*\/|\.json$/g, ''), words]),
)
