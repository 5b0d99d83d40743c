// Sets the colour scheme before the first paint. An own file: the page's policy forbids inline scripts.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('desk-color-scheme')
  } catch (_) {
    chosen = null
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
