// The words around links to large files, in several languages. No I/O.
import type { LinkText } from './config.js';

/** `{name}`, `{size}` and `{expires}` stand for those of the file. */
const builtIn: Record<string, Required<LinkText>> = {
  en: { heading: 'Files to download:', entry: '{name} ({size}), available until {expires}' },
  de: { heading: 'Dateien zum Herunterladen:', entry: '{name} ({size}), verfügbar bis {expires}' },
  es: { heading: 'Archivos para descargar:', entry: '{name} ({size}), disponible hasta el {expires}' },
  fr: { heading: 'Fichiers à télécharger :', entry: "{name} ({size}), disponible jusqu'au {expires}" },
  it: { heading: 'File da scaricare:', entry: '{name} ({size}), disponibile fino al {expires}' },
};

const anyLanguage = 'en';

interface Wording extends Required<LinkText> {
  /** As Intl takes it. */
  language: string;
}

/** @param wanted the languages in the order of preference; the first that is known is used */
export function wordingOf(wanted: (string | undefined)[], own: Record<string, LinkText> = {}): Wording {
  for (const tag of [...wanted, anyLanguage]) {
    const language = tag === undefined ? undefined : canonical(tag);
    if (language === undefined) continue;
    for (const known of new Set([language, language.split('-')[0] ?? language])) {
      const given = textIn(own, known);
      const native = textIn(builtIn, known);
      if (given === undefined && native === undefined) continue;
      const { heading, entry } = builtIn.en as Required<LinkText>;
      return { language, heading, entry, ...native, ...given };
    }
  }
  return { language: anyLanguage, ...(builtIn.en as Required<LinkText>) };
}

function textIn<T>(texts: Record<string, T>, language: string): T | undefined {
  return Object.entries(texts).find(([tag]) => tag.toLowerCase() === language.toLowerCase())?.[1];
}

/** Undefined for what is no tag of a language (RFC 5646). */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag.trim())[0];
  } catch {
    return undefined;
  }
}

interface LinkedFile {
  filename: string;
  size: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** The entry of a file. @param quote what is done to every text, such as the escaping of HTML */
export function entryOf(
  { language, entry }: Wording,
  { filename, size, expiresAt }: LinkedFile,
  quote: (text: string) => string = (text) => text,
  name = quote(filename),
): string {
  const values: Record<string, string> = {
    '{name}': name,
    '{size}': quote(sizeText(size, language)),
    '{expires}': quote(timeText(expiresAt, language)),
  };
  return entry
    .split(/(\{(?:name|size|expires)\})/)
    .map((part) => values[part] ?? quote(part))
    .join('');
}

/** Decimal units, as mail programs show them. */
export function sizeText(bytes: number, language: string): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: at === 0 ? 0 : 1 });
  return `${number.format(bytes / 1000 ** at)} ${units[at]}`;
}

/** To the minute, in UTC, because the time zone of the reader is not known. */
export function timeText(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(ms);
}
