// Changes one setting in the text of an INI file and leaves all other lines, comments included, as they are.
import { type ConfigFile, readConfigText } from '../../settings/config-file.js';

/** New settings go here: in any other section a key might be taken for a setting of that section's topic. */
const section = '[server]';

/**
 * @param name of the variable
 * @param value undefined: the setting is taken out
 * @returns the new text
 * @throws Fault `bad_settings` when the text is no INI file
 */
export function editIni(path: string, text: string, name: string, value: string | undefined): string {
  const lines = text.split('\n');
  const written = value !== undefined && /^["'\s]|\s$/.test(value) ? `"${value}"` : value;
  const at = lineOf(readConfigText(path, text), name);
  if (at !== undefined) {
    const line = (lines[at] ?? '').replace(
      /^(\s*[\w.-]+\s*[=:]\s*).*?(\r?)$/,
      `$1${escapeDollars(written ?? '')}$2`,
    );
    return (value === undefined ? lines.toSpliced(at, 1) : lines.with(at, line)).join('\n');
  }
  if (value === undefined) return text;
  const entry = `${name.replace(/^GMP_/, '').toLowerCase()} = ${written}`;
  const heading = lines.findIndex((line) => line.trim().toLowerCase() === section);
  if (heading === -1) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${section}\n${entry}\n`;
  const next = lines.findIndex((line, n) => n > heading && /^\s*\[/.test(line));
  let end = next === -1 ? lines.length : next;
  while (end > heading + 1 && lines[end - 1]?.trim() === '') end -= 1;
  return lines.toSpliced(end, 0, entry).join('\n');
}

function lineOf({ places }: ConfigFile, name: string): number | undefined {
  const place = places[name];
  return place === undefined ? undefined : Number(place.slice(place.lastIndexOf(':') + 1)) - 1;
}

/** In a replacement, `$&` and the like have a meaning. */
function escapeDollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}
