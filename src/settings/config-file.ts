// Reads settings from an INI file: a section and a key together name the variable that they stand for.
import { readFileSync } from 'node:fs';
import { Fault, reasonOf } from '../errors.js';
import { earlierNames, idleNames } from './names/earlier-names.js';
import { settings } from './settings.js';

export interface ConfigFile {
  /** By the name of the variable. */
  values: Readonly<Record<string, string>>;
  /** The file and the line of each value, as `config.ini:12`. */
  places: Readonly<Record<string, string>>;
}

export const noConfigFile: ConfigFile = { values: {}, places: {} };

/** Sections of genro-mail-proxy whose name is not the first part of the variable's. */
const partOfSection: Record<string, string> = { logging: 'log', database: 'db', storage: 'db' };

const known = new Set([
  ...Object.values(settings).flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])),
  ...Object.keys(earlierNames),
  ...Object.keys(idleNames),
]);

/**
 * An INI file is sections, `key = value` and comments that begin with `;` or `#` at the start of a line. A value may stand
 * in quotation marks.
 * @throws Fault `bad_settings` with a line for each line that is none of these
 */
export function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('bad_settings', `GMP_CONFIG "${path}" cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return readConfigText(path, text);
}

/** The same for a text that may not stand in the file yet. */
export function readConfigText(path: string, text: string): ConfigFile {
  const values: Record<string, string> = {};
  const places: Record<string, string> = {};
  const faults: string[] = [];
  let section = '';
  for (const [n, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const place = `${path}:${n + 1}`;
    if (/^\s*([;#].*)?$/.test(line)) continue;
    const [, heading] = /^\s*\[([^\]]+)\]\s*$/.exec(line) ?? [];
    const [, key, value] = /^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (heading !== undefined) section = heading.trim();
    else if (key === undefined || value === undefined) faults.push(`${place} is not "key = value"`);
    else {
      const name = variableOf(section, key);
      if (places[name] !== undefined) faults.push(`${place} sets ${name} again, after ${places[name]}`);
      values[name] = value.replace(/^(["'])(.*)\1$/, '$2');
      places[name] = place;
    }
  }
  if (faults.length > 0) throw new Fault('bad_settings', faults.join('\n'));
  return { values, places };
}

/** `port` in `[server]` is GMP_PORT, `host` in `[smtp]` is GMP_SMTP_HOST. A key may also be the whole name. */
function variableOf(section: string, key: string): string {
  const word = key.toUpperCase().replace(/[.-]/g, '_');
  const own = word.replace(/^GMP_/, '');
  const part = (partOfSection[section.toLowerCase()] ?? section).toUpperCase().replace(/\W+/g, '_');
  const names = [`GMP_${part}_${own}`, `GMP_${own}`, word];
  return names.find((name) => known.has(name)) ?? `GMP_${own}`;
}
