import classes from './MailFrame.module.css'

/** Nothing is loaded from anywhere; the server has cleaned the markup, this is the second wall. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** A page that shows a mail's own markup, on white paper as its writer saw it. */
export function mailDocument(html: string): string {
  return [
    '<!doctype html><html><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="referrer" content="no-referrer"><base target="_blank">',
    '<style>body{margin:12px;font:14px/1.5 system-ui,sans-serif;color:black;background:white;',
    'overflow-wrap:anywhere}img{max-width:100%;height:auto}pre{white-space:pre-wrap}',
    'img:not([src]){border:1px dashed gray;border-radius:4px;color:gray}</style>',
    `</head><body>${html}</body></html>`,
  ].join('')
}

interface MailFrameProps {
  html: string
  title: string
  /** Lines of the plain text: the frame cannot be measured, so this guesses its height. */
  lines: number
}

/** Links open in a new tab; scripts, forms and the desk's own origin stay out of reach. */
export function MailFrame({ html, title, lines }: MailFrameProps) {
  const height = Math.min(560, Math.max(160, 48 + lines * 24))
  return (
    <iframe
      className={classes.frame}
      title={title}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      srcDoc={mailDocument(html)}
      style={{ height }}
    />
  )
}
