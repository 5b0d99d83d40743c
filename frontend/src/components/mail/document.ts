/** Nothing is loaded from anywhere; the server has cleaned the markup, this is the second wall. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** The colours a mail is shown in where it names none itself, as the desk's tokens have them. */
export interface Paper {
  dark: boolean
  words: string
  faint: string
  link: string
  line: string
  raised: string
  warning: string
  warningPaper: string
  focus: string
}

const TOKENS = {
  words: '--desk-text',
  faint: '--desk-text-3',
  link: '--desk-accent-text',
  line: '--desk-border-strong',
  raised: '--desk-raised',
  warning: '--desk-warn-text',
  warningPaper: '--desk-warn-bg',
  focus: '--desk-focus',
} as const

/** The desk's own colours as they are now; a frame cannot inherit them. */
export function deskPaper(dark: boolean): Paper {
  const tokens = getComputedStyle(document.documentElement)
  const colours = Object.entries(TOKENS).map(([name, token]) => [
    name,
    tokens.getPropertyValue(token).trim(),
  ])
  return { dark, ...Object.fromEntries(colours) } as Paper
}

/** The mail's markup as a page that runs and loads nothing (MAIL.md H1). */
export function mailDocument(html: string, paper: Paper): string {
  return [
    '<!doctype html><html><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="referrer" content="no-referrer"><base target="_blank">',
    `<style>${styles(paper)}</style></head><body>${html}</body></html>`,
  ].join('')
}

function styles(paper: Paper): string {
  return `
:root{color-scheme:${paper.dark ? 'dark' : 'light'};overflow:auto}
body{display:flow-root;margin:0;padding:2px 2px 24px;font:14px/1.55 system-ui,sans-serif;color:${paper.words};
background:transparent;overflow-wrap:break-word}
body>:first-child{margin-block-start:0}
body>:last-child{margin-block-end:0}
img{max-width:100%;height:auto}
table{max-width:100%}
:where(table,td,th,hr){border-color:${paper.line}}
[data-tight] p{margin:0}
pre{white-space:pre-wrap}
blockquote{margin-inline:0;padding-inline-start:12px;border-inline-start:2px solid ${paper.line}}
a[href]{color:${paper.link}}
a:focus-visible{outline:2px solid ${paper.focus};outline-offset:1px}
a[data-host]:is(:hover,:focus-visible)::after{content:attr(data-host);position:fixed;left:2px;
max-width:calc(100% - 24px);margin-top:1.7em;padding:1px 8px;overflow:hidden;z-index:9;
border:1px solid ${paper.line};border-radius:6px;background:${paper.raised};color:${paper.words};
font:12px/1.5 system-ui,sans-serif;text-overflow:ellipsis;white-space:nowrap;pointer-events:none}
[data-false]{text-decoration-style:wavy;text-decoration-color:${paper.warning}}
[data-warning]{padding:0 6px;border-radius:4px;background:${paper.warningPaper};
color:${paper.warning};font:12px/1.5 system-ui,sans-serif}
[data-image]{display:inline-flex;align-items:center;justify-content:center;max-width:100%;
box-sizing:border-box;padding:2px 8px;border:1px dashed ${paper.line};border-radius:6px;
background:${paper.raised};color:${paper.faint};font:12px/1.4 system-ui,sans-serif;
vertical-align:middle;overflow:hidden}
`
}
