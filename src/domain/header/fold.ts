// Folds a header into lines of 78 characters where it has blanks, and of never more than 998 bytes (RFC 5322 section 2.1.1).

const preferred = 78;
const longest = 998;

/**
 * A line break goes before white space and nowhere else, so unfolding gives back the value as it was.
 * @returns the lines of the header; undefined where a word of it is too long for any line
 */
export function fold(name: string, value: string): string | undefined {
  const whole = `${name}: ${value}`;
  if (whole.length <= preferred) return whole;
  const lines: string[] = [];
  let line = `${name}:`;
  for (const word of ` ${value}`.match(/[ \t]+[^ \t]*/g) ?? []) {
    const isOver = line.length + word.length > preferred;
    // A first word that needs a line of more than 78 characters anyway stays beside the name of the header.
    const helps = lines.length > 0 || line.length > name.length + 1 || word.length <= preferred;
    if (isOver && (helps || line.length + word.length > longest)) {
      lines.push(line);
      line = word;
    } else {
      line += word;
    }
  }
  lines.push(line);
  return lines.every((one) => Buffer.byteLength(one) <= longest) ? lines.join('\r\n') : undefined;
}
