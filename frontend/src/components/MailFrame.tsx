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

const LINE = { characters: 90, pixels: 24 }
const PICTURE = 140
const LOWEST = 160
const HIGHEST = 640

/** Pixels for a frame that cannot be measured from outside; readers can pull it larger. */
export function frameHeight(text: string, pictures: number): number {
  const lines = text
    .split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE.characters)), 0)
  return Math.min(HIGHEST, Math.max(LOWEST, 48 + lines * LINE.pixels + pictures * PICTURE))
}

interface MailFrameProps {
  html: string
  title: string
  /** The plain text and the number of pictures, from which the height is guessed. */
  text: string
  pictures: number
}

/** Links open in a new tab; scripts, forms and the desk's own origin stay out of reach. */
export function MailFrame({ html, title, text, pictures }: MailFrameProps) {
  const height = frameHeight(text, pictures)
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
