import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** Every colour of the desk is declared in this file; components use the variables only. */
const ink: MantineColorsTuple = [
  '#eef3ff',
  '#dde6fd',
  '#b9caf8',
  '#9db4f7',
  '#7d9af0',
  '#5c80e8',
  '#4469dc',
  '#3459cc',
  '#2a4ab0',
  '#213c91',
]

// Mantine paints fields, menus and dialogs of the dark theme from this scale.
const dark: MantineColorsTuple = [
  '#e7e9ec',
  '#bfc4cc',
  '#9da4af',
  '#7a818c',
  '#464c57',
  '#2f343c',
  '#1f2227',
  '#17191d',
  '#131518',
  '#101215',
]

export const theme = createTheme({
  colors: { ink, dark },
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 7 },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '13px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '1.3' },
      h2: { fontSize: '16px', lineHeight: '1.4' },
      h3: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    Input: { defaultProps: { size: 'xs' } },
    InputWrapper: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', checkIconPosition: 'right' } },
    Tooltip: {
      defaultProps: {
        openDelay: 350,
        withArrow: false,
        events: { hover: true, focus: true, touch: false },
      },
    },
    Menu: {
      // The placeholder would be a child that a menu may not have (ARIA, required owned elements).
      defaultProps: {
        shadow: 'md',
        transitionProps: { duration: 0 },
        withInitialFocusPlaceholder: false,
      },
    },
    Modal: {
      defaultProps: {
        yOffset: '12vh',
        transitionProps: { duration: 0 },
        overlayProps: { backgroundOpacity: 0.35 },
      },
    },
    Drawer: {
      defaultProps: {
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.2 },
      },
    },
  },
})

const lightTokens = {
  '--desk-bg': '#f5f6f8',
  '--desk-surface': '#ffffff',
  '--desk-raised': '#eff1f4',
  '--desk-selected': '#e7edfb',
  '--desk-border': '#e1e4e9',
  '--desk-border-strong': '#c4cad3',
  '--desk-text': '#1a1e25',
  '--desk-text-2': '#454d59',
  '--desk-text-3': '#5c6470',
  '--desk-accent': '#3459cc',
  '--desk-accent-text': '#2a4ab0',
  '--desk-accent-soft': '#e7edfb',
  '--desk-on-accent': '#ffffff',
  '--desk-agent-bg': '#f4f7fd',
  '--desk-agent-border': '#d9e2f6',
  '--desk-note-bg': '#fff7e3',
  '--desk-note-border': '#eed9a4',
  '--desk-note-text': '#7a5200',
  '--desk-note-strong': '#8a5a00',
  '--desk-danger-bg': '#fdefee',
  '--desk-danger-border': '#f0c2be',
  '--desk-danger-text': '#a3241b',
  '--desk-ok-bg': '#e9f6ee',
  '--desk-ok-border': '#bfe1cb',
  '--desk-ok-text': '#1b6638',
  '--desk-warn-bg': '#fdf3dd',
  '--desk-warn-border': '#ecd59b',
  '--desk-warn-text': '#7d5200',
  '--desk-grey-bg': '#eceef2',
  '--desk-shadow': '0 1px 2px rgb(16 24 40 / 6%), 0 8px 24px rgb(16 24 40 / 12%)',
  '--desk-focus': '#3459cc',
  '--desk-mail-paper': '#ffffff',
}

const darkTokens: typeof lightTokens = {
  '--desk-bg': '#101215',
  '--desk-surface': '#17191d',
  '--desk-raised': '#212429',
  '--desk-selected': '#212c47',
  '--desk-border': '#2b2f36',
  '--desk-border-strong': '#464c57',
  '--desk-text': '#e7e9ec',
  '--desk-text-2': '#bfc4cc',
  '--desk-text-3': '#9da4af',
  '--desk-accent': '#7d9af0',
  '--desk-accent-text': '#a3b8f8',
  '--desk-accent-soft': '#212c47',
  '--desk-on-accent': '#ffffff',
  '--desk-agent-bg': '#1a1f2a',
  '--desk-agent-border': '#2a3347',
  '--desk-note-bg': '#2a2416',
  '--desk-note-border': '#4b3f22',
  '--desk-note-text': '#e8cd8c',
  '--desk-note-strong': '#e8cd8c',
  '--desk-danger-bg': '#331b1a',
  '--desk-danger-border': '#5c2f2c',
  '--desk-danger-text': '#f5a59e',
  '--desk-ok-bg': '#162a1e',
  '--desk-ok-border': '#284b36',
  '--desk-ok-text': '#8bd3a4',
  '--desk-warn-bg': '#2c2413',
  '--desk-warn-border': '#51431f',
  '--desk-warn-text': '#ebc878',
  '--desk-grey-bg': '#262a30',
  '--desk-shadow': '0 1px 2px rgb(0 0 0 / 40%), 0 8px 24px rgb(0 0 0 / 50%)',
  '--desk-focus': '#7d9af0',
  '--desk-mail-paper': '#ffffff',
}

/** Mantine's own variables follow the desk's tokens, so that its defaults pass AA contrast too. */
function mantineVariables(dark: boolean): Record<string, string> {
  return {
    '--mantine-color-body': 'var(--desk-surface)',
    '--mantine-color-text': 'var(--desk-text)',
    '--mantine-color-dimmed': 'var(--desk-text-3)',
    '--mantine-color-placeholder': 'var(--desk-text-3)',
    '--mantine-color-anchor': 'var(--desk-accent-text)',
    '--mantine-color-error': 'var(--desk-danger-text)',
    '--mantine-color-default': 'var(--desk-surface)',
    '--mantine-color-default-hover': 'var(--desk-raised)',
    '--mantine-color-default-color': 'var(--desk-text)',
    '--mantine-color-default-border': 'var(--desk-border-strong)',
    '--mantine-color-disabled': 'var(--desk-grey-bg)',
    '--mantine-color-disabled-color': 'var(--desk-text-3)',
    '--mantine-color-gray-light-color': 'var(--desk-text-2)',
    '--mantine-color-gray-light-hover': 'var(--desk-raised)',
    '--mantine-color-red-filled': dark ? '#b3362c' : '#b42318',
    '--mantine-color-red-filled-hover': dark ? '#9c2d24' : '#971c12',
    '--mantine-color-red-light-color': 'var(--desk-danger-text)',
    '--mantine-color-ink-light-color': 'var(--desk-accent-text)',
  }
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...lightTokens, ...mantineVariables(false) },
  dark: { ...darkTokens, ...mantineVariables(true) },
})
