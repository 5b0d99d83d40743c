/** Good enough to catch slips of the keyboard; the mail server has the last word. */
const ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/

export function isAddress(text: string): boolean {
  return ADDRESS.test(text)
}

/** Takes `Ana <ana@x.com>, bia@x.com; caio@x.com` apart into addresses. */
export function splitAddresses(text: string): string[] {
  return text
    .split(/[,;\n]+/)
    .map((part) => /<([^>]*)>/.exec(part)?.[1] ?? part)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** An address as headers write it: `Ana <ana@example.com>`. */
export function writtenAddress({ name, address }: { name: string; address: string }): string {
  return name && name !== address ? `${name} <${address}>` : address
}
