import { useMantineColorScheme } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { problemWords } from '../../components/problemWords'
import { showToast } from '../../components/toasts'
import { changeLanguage } from '../../i18n'
import { session } from '../../services/session'
import type { Language, ThemeChoice } from '../../services/types'
import { changeMe } from '../../services/users'

/** Theme and language change on screen at once and are then kept with the account. */
export function useChangeMe() {
  const { t } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()
  const { mutate } = useMutation({
    mutationFn: changeMe,
    onSuccess: (me) => session.updateUser(me),
    onError: (error) =>
      showToast(t('common:saveProblem', { reason: problemWords(error, t) }), {
        tone: 'problem',
      }),
  })
  return {
    setTheme: (theme: ThemeChoice) => {
      setColorScheme(theme === 'system' ? 'auto' : theme)
      mutate({ theme })
    },
    setLanguage: (language: Language) => {
      void changeLanguage(language)
      mutate({ language })
    },
  }
}
