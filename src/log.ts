// Opens the log on stdout: one line an event, as text for people or JSON for machines.
import type { Writable } from 'node:stream';
import { type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.js';

export type { Logger };

// The values of these fields are replaced in every logged object.
const secretFields = ['password', 'pass', 'token', 'api_key', 'authorization', 'secret', 'client_auth'];

/**
 * Opens the log. `logFormat` decides its form, and `logLevel` the least severe lines in it.
 * @param destination default: stdout
 */
export function openLog(config: Pick<Config, 'logLevel' | 'logFormat'>, destination?: Writable): Logger {
  const options: LoggerOptions = {
    level: config.logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '***' },
  };
  if (config.logFormat === 'json') return destination ? pino(options, destination) : pino(options);
  const look = { colorize: process.stdout.isTTY === true, translateTime: 'SYS:HH:MM:ss.l' };
  return pino(options, pretty(destination ? { ...look, destination } : { ...look, sync: true }));
}
