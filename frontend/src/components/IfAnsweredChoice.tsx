import { Radio, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'

export const IF_ANSWERED = ['hold', 'cancel', 'send'] as const
type IfAnswered = (typeof IF_ANSWERED)[number]

interface IfAnsweredChoiceProps {
  /** The customer. */
  name: string
  value: IfAnswered
  onChange: (value: IfAnswered) => void
}

/** What becomes of a reply for later when the customer writes first. */
export function IfAnsweredChoice({ name, value, onChange }: IfAnsweredChoiceProps) {
  const { t } = useTranslation()
  return (
    <Radio.Group
      label={t('sending:ifAnswered.title', { name })}
      value={value}
      onChange={(next) => onChange(IF_ANSWERED.find((one) => one === next) ?? 'hold')}
    >
      <Stack gap={6} mt={6}>
        {IF_ANSWERED.map((one) => (
          <Radio
            key={one}
            size="xs"
            value={one}
            label={t(`sending:ifAnswered.${one}`)}
            description={t(`sending:ifAnswered.${one}Help`)}
          />
        ))}
      </Stack>
    </Radio.Group>
  )
}
