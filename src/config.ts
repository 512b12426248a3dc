// Reads the environment, .env and the configuration file once, checks every bound, and names all faults together. The only reader of process.env.
import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Fault, reasonOf } from './errors.js';
import { keyTextOf } from './key-text.js';
import { noConfigFile, readConfigFile } from './settings/config-file.js';
import { earlierNames } from './settings/names/earlier-names.js';
import { warnOfNames } from './settings/names/warn-of-names.js';
import { type Settings, settings } from './settings/settings.js';

export type Config = Readonly<
  Settings & {
    /** What to tell the operator about variables without effect, a sentence each. */
    warnings: readonly string[];
  }
>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Docker and Kubernetes mount secrets here. Read when neither GMP_ENCRYPTION_KEY nor its _FILE is set. */
const mountedKey = '/run/secrets/encryption_key';

/** Read from the working directory, so that what an operator copies from .env.example takes effect. */
const settingsFile = '.env';

/** User and password in a URL. */
const credentials = /\/\/[^/@\s]*@/;

/**
 * The settings of this process.
 * @param env default: the environment, and the file .env for what the environment leaves unset
 * @throws Fault `bad_settings` with a line for each bad variable and each unknown one; the value of a secret is never shown
 */
export function readConfig(given: Environment = readEnvironment()): Config {
  const { file, env } = withConfigFile(given);
  const placeOf = (name: string) =>
    present(given[name]) === undefined && file.places[name] !== undefined ? ` (${file.places[name]})` : '';
  const faults: string[] = [];
  const config: Record<string, unknown> = {};
  const names = Object.keys(env).filter((name) => present(env[name]) !== undefined);
  const warnings = warnOfNames(names, placeOf);
  for (const [field, { name, schema, default: fallback, secret }] of Object.entries(settings)) {
    const earlier = earlierNameOf(env, name) ?? keyNameOf(env, name);
    const given = readGiven(env, name, secret, faults) ?? present(env[earlier ?? name]);
    const text = given ?? fallback;
    if (text === undefined) {
      config[field] = undefined;
      continue;
    }
    const parsed = schema.safeParse(text);
    if (parsed.success) {
      config[field] = parsed.data;
      continue;
    }
    const reason = parsed.error.issues[0]?.message ?? 'is not valid';
    const shown = secret ? '' : ` "${text.replace(credentials, '//***@')}"`;
    // A name without our prefix may be meant for another program, so its value must not stop this one.
    if (earlier?.startsWith('GMP_') === false && earlier !== originalKey) {
      warnings.push(`${earlier}${shown} ${reason}; it has no effect`);
      config[field] = fallback === undefined ? undefined : schema.parse(fallback);
    } else faults.push(`${earlier ?? name}${shown} ${reason}${placeOf(earlier ?? name)}`);
  }
  config.warnings = warnings;
  if (faults.length > 0) throw new Fault('bad_settings', [...faults, ...warnings].join('\n'));
  return Object.freeze(config) as Config;
}

export interface DescribedSetting {
  name: string;
  /** As it would be written in the environment; `***` for a secret; undefined: unset. */
  value: string | undefined;
  /** `environment` includes .env; a place in the configuration file is `config.ini:12`. */
  source: string;
}

/** Every setting with its value and where the value comes from, also when a value is not valid. */
export function describeSettings(given: Environment): DescribedSetting[] {
  const { file, env } = withConfigFile(given);
  return Object.values(settings).map(({ name, default: fallback, secret }) => {
    const from = [name, `${name}_FILE`, earlierNameOf(env, name)].find(
      (one) => one !== undefined && env[one] !== undefined,
    );
    if (from === undefined) return { name, value: fallback, source: 'default' };
    const place = present(given[from]) === undefined ? file.places[from] : undefined;
    const text = secret ? '***' : env[from]?.replace(credentials, '//***@');
    return { name, value: text, source: place ?? 'environment' };
  });
}

/**
 * The variables of this process, and of the file .env where the environment leaves them unset.
 * @throws Fault `bad_settings` when there is a .env that cannot be read
 */
export function readEnvironment(): Environment {
  const given = withoutEmpty(process.env);
  // A folder of that name belongs to something else, such as a virtual environment of Python.
  if (!statSync(settingsFile, { throwIfNoEntry: false })?.isFile()) return given;
  try {
    return { ...parseEnv(readFileSync(settingsFile, 'utf8')), ...given };
  } catch (cause) {
    throw new Fault('bad_settings', `${settingsFile} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** The name of genro-mail-proxy that stands in for an unset variable of ours. */
function earlierNameOf(env: Environment, name: string): string | undefined {
  if (present(env[name]) !== undefined) return undefined;
  return Object.keys(earlierNames).find(
    (one) => earlierNames[one] === name && present(env[one]) !== undefined,
  );
}

const keySetting = 'GMP_ENCRYPTION_KEY';
/** What genro-mail-proxy calls the key; taken without a warning. */
const originalKey = 'MAIL_PROXY_ENCRYPTION_KEY';

/** The original's name of the key, where the key comes from there. */
function keyNameOf(env: Environment, name: string): string | undefined {
  const isOriginal = name === keySetting && present(env[name]) === undefined;
  return isOriginal && present(env[originalKey]) !== undefined ? originalKey : undefined;
}

function readGiven(env: Environment, name: string, secret: boolean, faults: string[]): string | undefined {
  const direct = present(env[name]) ?? (name === keySetting ? present(env[originalKey]) : undefined);
  if (direct !== undefined || !secret) return direct;
  const file = present(env[`${name}_FILE`]);
  if (file !== undefined) {
    try {
      return readSecretFile(file, name);
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
    return readSecretFile(mountedKey, 'GMP_ENCRYPTION_KEY');
  } catch {
    return undefined;
  }
}

/** The file of an encryption key may hold its 32 bytes themselves. */
function readSecretFile(file: string, name: string): string {
  const bytes = readFileSync(file);
  return name.startsWith('GMP_ENCRYPTION_KEY') ? keyTextOf(bytes) : bytes.toString('utf8').trim();
}

/** The environment, which outweighs the file that GMP_CONFIG names. */
function withConfigFile(given: Environment) {
  const path = present(given.GMP_CONFIG);
  const file = path === undefined ? noConfigFile : readConfigFile(path);
  const env: Environment = { ...file.values, ...withoutEmpty(given) };
  return { file, env };
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, text]) => present(text) !== undefined));
}

/** An empty variable counts as unset, as in .env files. */
function present(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
