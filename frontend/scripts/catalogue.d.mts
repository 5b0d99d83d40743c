export type Texts = Map<string, string>
export function readCatalogue(folder: string): Texts
export function sourceFiles(folder: string): string[]
export function usedKeys(text: string): { literal: string[]; built: string[] }
export function wordsInMarkup(text: string): string[]
export function problemsOf(
  catalogues: Record<string, Texts>,
  sources: { path: string; text: string }[],
): string[]
