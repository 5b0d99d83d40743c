/** Lower case without accents, so that "acao" finds "Ação". */
export function foldText(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
