// What a setting is, and how its text in the environment is read and bounded. Each schema's description names the values it takes.
import { z } from 'zod';
import { priorities } from '../domain/priority.js';

/**
 * Yes or no, in the words that .env files use. Any other word is refused, so that a mistyped value never switches
 * something off.
 */
export const flag = z
  .string()
  .toLowerCase()
  .refine((text) => ['1', 'true', 'yes', 'on', '0', 'false', 'no', 'off'].includes(text), 'is not 1 or 0')
  .transform((text) => ['1', 'true', 'yes', 'on'].includes(text))
  .describe('1 or 0');

/** A whole number within bounds. Both bounds are allowed values. */
export function whole(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .refine((n) => n >= min && n <= max, `is not between ${min} and ${max}`)
    .describe(`${min} to ${max}`);
}

/** One of a few words, in upper or lower case. */
export function oneOf<const T extends string>(...values: T[]) {
  return z
    .string()
    .transform((text, issue): T => {
      const found = values.find((value) => value === text.toLowerCase());
      if (found) return found;
      issue.addIssue(`is not one of ${values.join(', ')}`);
      return z.NEVER;
    })
    .describe(values.join(', '));
}

const levelNames = oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent');
/** What Python's logging calls them. */
const pythonLevels: Record<string, string> = { warning: 'warn', critical: 'fatal', notset: 'trace' };

export const logLevel = z
  .string()
  .transform((text) => {
    const level = text.toLowerCase();
    return Object.hasOwn(pythonLevels, level) ? (pythonLevels[level] ?? text) : text;
  })
  .pipe(levelNames)
  .describe(levelNames.description ?? '');

/** Several values with commas between; at least one. */
export function listOf<T>(item: z.ZodType<T, string>) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1))
    .describe(`list of ${item.description ?? 'values'}`);
}

/** The URL may carry a password, so its setting is a secret. */
export const redisUrl = z
  .string()
  .refine((text) => /^rediss?:\/\//.test(text) && URL.canParse(text), 'is not a redis:// or rediss:// URL')
  .describe('redis:// or rediss:// URL');
/** Without user and password, which have settings of their own. */
export const httpUrl = z
  .string()
  .refine((text) => {
    if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return false;
    const { username, password } = new URL(text);
    return username === '' && password === '';
  }, 'is not an http(s) URL without user and password')
  .describe('http(s) URL');
/** The length is that of a key of AES-256. */
export const key32 = z
  .string()
  .transform((text, issue) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length === 32) return bytes;
    issue.addIssue('is not 32 bytes in base64');
    return z.NEVER;
  })
  .describe('32 bytes in base64');
/** Several keys, separated by commas or line breaks. */
export const keys32 = z
  .string()
  .transform((text) => text.split(/[\s,]+/))
  .pipe(z.array(key32).max(10, 'names more than 10 keys'))
  .describe('up to 10 keys of 32 bytes in base64');
/** A message's priority by number or name. Both become the number. */
export const priority = oneOf('0', '1', '2', '3', 'immediate', 'high', 'medium', 'low')
  .transform((text) => (text in priorities ? priorities[text as keyof typeof priorities] : Number(text)))
  .describe('0 to 3, or immediate, high, medium, low');

export interface Setting<T> {
  name: string;
  schema: z.ZodType<T, string>;
  /** The default as it would be written in the environment; undefined: unset. */
  default: string | undefined;
  /** What the setting means, in a sentence. .env.example prints it. */
  about: string;
  /** Whether the value may come from NAME_FILE, and is never shown. */
  secret: boolean;
}

/** A setting that always has a value. */
export function setting<T>(
  name: string,
  schema: z.ZodType<T, string>,
  def: string,
  about: string,
): Setting<T> {
  return { name, schema, default: def, about, secret: false };
}

/** A setting without a default: its value is undefined unless the environment names one. */
export function unset<T>(name: string, schema: z.ZodType<T, string>, about: string): Setting<T | undefined> {
  return { name, schema, default: undefined, about, secret: false };
}

/** A setting whose value may also come from the file that NAME_FILE names. A secret never has a default. */
export function secret<T>(name: string, schema: z.ZodType<T, string>, about: string): Setting<T | undefined> {
  return { name, schema, default: undefined, about, secret: true };
}
