// Reads the environment once, checks every bound, and names all faults together. The only reader of process.env.
import { readFileSync } from 'node:fs';
import { Fault, reasonOf } from './errors.js';
import { type Settings, settings } from './settings/settings.js';

export type Config = Readonly<Settings>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Docker and Kubernetes mount secrets here. Read when neither GMP_ENCRYPTION_KEY nor its _FILE is set. */
const mountedKey = '/run/secrets/encryption_key';

/**
 * The settings of this process.
 * @throws Fault `bad_settings` with a line for each bad variable; the value of a secret is never shown
 */
export function readConfig(env: Environment = process.env): Config {
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
