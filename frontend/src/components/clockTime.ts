/** What somebody types as a time of day, as "09:30"; null when it is none. "24:00" ends the day. */
export function clockTime(text: string): string | null {
  const found = /^(\d{1,2})(?:[:h.]?(\d{2}))?h?$/i.exec(text.trim())
  if (!found) return null
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)]
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return null
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
