/** Reads what stands in the URL after `?`; anything that is not plain text is dropped. */
export function textParams<Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const params: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') params[name] = value
    else if (typeof value === 'number' || typeof value === 'boolean') params[name] = String(value)
  }
  return params
}
