import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './EntryCard.module.css'
import { Icon } from './Icon'

interface EntryCardProps {
  title: string
  text: string
  children: ReactNode
}

/** The frame of the pages before sign-in. */
export function EntryCard({ title, text, children }: EntryCardProps) {
  const { t } = useTranslation()
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <img src="/assets/icon.svg" alt="" className={classes.logo} />
          {t('common:product')}
        </div>
        <h1 className={classes.title}>{title}</h1>
        <p className={classes.text}>{text}</p>
        {children}
      </div>
    </main>
  )
}

export function EntryProblem({ text }: { text: string }) {
  return (
    <div className={classes.problem} role="alert">
      <Icon name="alert" />
      {text}
    </div>
  )
}
