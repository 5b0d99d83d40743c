export function PostboxPage() {
  return null
}
