import '@fontsource-variable/inter/wght.css'
import '@mantine/core/styles.css'
import './theme.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { startI18n } from './i18n'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

// No top-level await: a language's chunk may import from this one and would wait for it for ever.
void startI18n().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
)
