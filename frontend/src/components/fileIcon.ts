import type { IconName } from './Icon'

const BY_ENDING: [RegExp, IconName][] = [
  [/\.(?:xlsx?|ods|csv|tsv)$/i, 'sheet'],
  [/\.(?:zip|rar|7z|gz|tar|tgz|bz2)$/i, 'archive'],
  [/\.(?:pdf|docx?|odt|rtf|txt|md|pptx?|odp)$/i, 'fileText'],
  [/\.(?:eml|msg)$/i, 'mailbox'],
  [/\.ics$/i, 'calendar'],
]

/** The sign of a file's kind, from its type and else from the end of its name. */
export function fileIcon(contentType: string, filename: string): IconName {
  if (contentType === 'message/rfc822') return 'mailbox'
  if (contentType === 'text/calendar') return 'calendar'
  const [kind] = contentType.split('/')
  if (kind === 'image') return 'image'
  if (kind === 'audio' || kind === 'video') return 'film'
  return BY_ENDING.find(([ending]) => ending.test(filename))?.[1] ?? 'file'
}
