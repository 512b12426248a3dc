// Reads the environment and .env once, checks every bound, and names all faults together. The only reader of process.env.
import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Fault, reasonOf } from './errors.js';
import { type Settings, settings } from './settings/settings.js';

export type Config = Readonly<Settings>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Docker and Kubernetes mount secrets here. Read when neither GMP_ENCRYPTION_KEY nor its _FILE is set. */
const mountedKey = '/run/secrets/encryption_key';

/** Read from the working directory, so that what an operator copies from .env.example takes effect. */
const settingsFile = '.env';

/**
 * The settings of this process.
 * @param env default: the environment, and the file .env for what the environment leaves unset
 * @throws Fault `bad_settings` with a line for each bad variable; the value of a secret is never shown
 */
export function readConfig(env: Environment = readEnvironment()): Config {
  const faults: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [field, { name, schema, default: fallback, secret }] of Object.entries(settings)) {
    const given = readGiven(env, name, secret, faults);
    const text = given ?? fallback;
    if (text === undefined) {
      config[field] = undefined;
      continue;
    }
    const parsed = schema.safeParse(text);
    if (parsed.success) config[field] = parsed.data;
    else
      faults.push(
        `${name}${secret ? '' : ` "${text}"`} ${parsed.error.issues[0]?.message ?? 'is not valid'}`,
      );
  }
  if (faults.length > 0) throw new Fault('bad_settings', faults.join('\n'));
  return Object.freeze(config) as Config;
}

/** @throws Fault `bad_settings` when there is a file that cannot be read */
function readEnvironment(): Environment {
  const given = Object.entries(process.env).filter(([, text]) => present(text) !== undefined);
  // A folder of that name belongs to something else, such as a virtual environment of Python.
  if (!statSync(settingsFile, { throwIfNoEntry: false })?.isFile()) return Object.fromEntries(given);
  try {
    return { ...parseEnv(readFileSync(settingsFile, 'utf8')), ...Object.fromEntries(given) };
  } catch (cause) {
    throw new Fault('bad_settings', `${settingsFile} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function readGiven(env: Environment, name: string, secret: boolean, faults: string[]): string | undefined {
  const direct =
    present(env[name]) ??
    (name === 'GMP_ENCRYPTION_KEY' ? present(env.MAIL_PROXY_ENCRYPTION_KEY) : undefined);
  if (direct !== undefined || !secret) return direct;
  const file = present(env[`${name}_FILE`]);
  if (file !== undefined) {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      faults.push(`${name}_FILE "${file}" cannot be read: ${reasonOf(error)}`);
      return undefined;
    }
  }
  return name === 'GMP_ENCRYPTION_KEY' ? readMounted() : undefined;
}

/** A missing file is no fault, because most installations do not mount one. */
function readMounted(): string | undefined {
  try {
    return readFileSync(mountedKey, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** An empty variable counts as unset, as in .env files. */
function present(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
