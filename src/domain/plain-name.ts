// Decides which of a caller's own words an answer may repeat: short names that are no markup wherever they are shown.
export function isPlainName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}
