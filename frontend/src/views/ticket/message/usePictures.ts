import type { TFunction } from 'i18next'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { contentKey, type Picture, type Pictures } from '../../../components/mail/images'
import { problemWords } from '../../../components/problemWords'
import type { Message } from '../../../services/types'
import { useInlineImages } from '../../../services/useInlineImages'
import { useRemoteImages } from '../../../services/useRemoteImages'
import type { Stretch } from './useMailView'

/** Pictures that arrive within this time are drawn together, so that the page is not redrawn each time. */
const GATHER_MS = 300
const NONE: number[] = []

export interface MailPictures {
  pictures: Pictures
  /** Remote images that are shown or could be. */
  count: number
  waiting: number
  failed: number
}

/** The pictures of what is shown of a mail; remote ones only when they are `wanted`. */
export function usePictures(message: Message, stretches: Stretch[], wanted: boolean): MailPictures {
  const { t } = useTranslation()
  const inline = useMemo(
    () => [...new Set(stretches.flatMap(({ page }) => page.inline))],
    [stretches],
  )
  const remote = useMemo(() => stretches.flatMap(({ page }) => page.remote), [stretches])
  const own = useInlineImages(message.attachments, inline, contentKey)
  const foreign = useRemoteImages(message.id, wanted ? remote : NONE)
  const pictures = useMemo(
    () => ({
      inline: pictured(own, t),
      remote: pictured(foreign.images, t),
      words: {
        image: t('mail:image.name'),
        blocked: t('mail:image.blocked'),
        missing: t('mail:image.missing'),
      },
    }),
    [own, foreign, t],
  )
  const failed = [...foreign.images.values()].filter((found) => typeof found !== 'string').length
  return {
    pictures: useGathered(pictures),
    count: remote.length,
    waiting: foreign.waiting,
    failed,
  }
}

/** What arrived, as it is drawn; problems in the reader's words. */
export function pictured<Key>(
  found: ReadonlyMap<Key, string | Error | null>,
  t: TFunction,
): ReadonlyMap<Key, Picture> {
  const one = (image: string | Error | null): Picture => {
    if (image === null) return null
    return typeof image === 'string' ? { data: image } : { missing: problemWords(image, t) }
  }
  return new Map([...found].map(([key, image]) => [key, one(image)]))
}

/** The newest value once it has been still for a moment. */
function useGathered<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), GATHER_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
