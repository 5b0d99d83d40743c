import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { startI18n } from '../../i18n'
import { suspension } from './suspension'

beforeAll(() => startI18n('en'))

test.each([
  ['complaint: abuse', 'complaint', {}],
  ['5.1.1 failed ana@example.com', 'unknown', { code: '5.1.1' }],
  ['5.2.2 failed ana@example.com', 'refused', { code: '5.2.2' }],
  ['the moon was full', 'other', { reason: 'the moon was full' }],
])('a suspension for "%s" has words', (reason, key, values) => {
  expect(suspension(reason)).toEqual({ key, values })
  expect(i18next.exists(`contacts:suspended.${key}`)).toBe(true)
})
