import { expect, test } from 'vitest'
import type { Attachment, Invite } from '../../../services/types'
import { attachmentGroups } from './attachmentGroups'

function file(filename: string, content_type: string, part: Partial<Attachment> = {}): Attachment {
  return {
    id: filename,
    filename,
    content_type,
    size: 1000,
    inline: false,
    content_id: '',
    disguised: false,
    is_mail: false,
    repeated: false,
    link: null,
    ...part,
  }
}

const logo = file('logo.png', 'image/png', { inline: true, content_id: 'logo@x' })
const report = file('relatorio.pdf', 'application/pdf')

test('a picture of the text is folded away, files stay in sight', () => {
  const groups = attachmentGroups({ attachments: [logo, report], invite: null }, [])
  expect(groups.files).toEqual([report])
  expect(groups.folded).toEqual([logo])
})

test('a logo that came before is folded', () => {
  const again = file('image001.png', 'image/png', { repeated: true })
  expect(attachmentGroups({ attachments: [again], invite: null }, []).folded).toEqual([again])
})

test('a picture that is something else is never folded away', () => {
  const trap = { ...logo, disguised: true }
  expect(attachmentGroups({ attachments: [trap], invite: null }, []).files).toEqual([trap])
})

test('the file of an invitation belongs to its card', () => {
  const calendar = file('invite.ics', 'text/calendar')
  const groups = attachmentGroups({ attachments: [calendar, report], invite: {} as Invite }, [])
  expect(groups.invite).toBe(calendar)
  expect(groups.files).toEqual([report])
})
