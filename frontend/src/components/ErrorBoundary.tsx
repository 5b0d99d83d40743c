import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { Translation } from 'react-i18next'
import { EmptyState } from './EmptyState'
import { problemWords } from './problemWords'

interface ErrorBoundaryProps {
  children: ReactNode
}

interface ErrorBoundaryState {
  error: Error | null
}

/** Keeps one broken screen from taking the whole desk down. Drafts live outside and survive. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null }

  static getDerivedStateFromError(error: Error): ErrorBoundaryState {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <Translation>
        {(t) => (
          <EmptyState
            icon="alert"
            tone="problem"
            title={t('common:crash.title')}
            text={problemWords(error, t)}
          >
            <Button variant="default" onClick={() => this.setState({ error: null })}>
              {t('common:tryAgain')}
            </Button>
            <Button variant="default" onClick={() => window.location.reload()}>
              {t('common:reload')}
            </Button>
          </EmptyState>
        )}
      </Translation>
    )
  }
}
