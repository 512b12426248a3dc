// An instance: a folder with the settings, token, database and log of a local service, or the address of a remote one.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, reasonOf } from '../../errors.js';
import { readConfigFile } from '../../settings/config-file.js';
import type { ApiTarget } from '../call-api.js';
import { folderOf, listInstances, makeHome } from './home.js';
import { urlOfListener } from './service-url.js';

export interface Instance extends ApiTarget {
  name: string;
  folder: string;
  /** The address and token are those that `login` kept; the service runs elsewhere. */
  isRemote: boolean;
}

export const logFile = 'mail-proxy.log';
const configFile = 'config.ini';
export const tokenFile = 'token';
const remoteFile = 'remote.json';

/** The settings file of a local instance. */
export function configOf({ folder }: Pick<Instance, 'folder'>): string {
  return join(folder, configFile);
}

/** @throws Fault `not_found`, with the names there are */
export function readInstance(home: string, name: string): Instance {
  const folder = folderOf(home, name);
  if (!existsSync(folder)) {
    const names = listInstances(home);
    const others = names.length > 0 ? `there is ${names.join(', ')}` : 'there is none yet';
    throw new Fault(
      'not_found',
      `There is no instance ${name}; ${others}. mail-proxy start ${name} makes it`,
    );
  }
  const remote = join(folder, remoteFile);
  if (existsSync(remote)) {
    return { name, folder, isRemote: true, ...readRemote(remote) };
  }
  const { values } = readConfigFile(join(folder, configFile));
  const token = values.GMP_API_TOKEN ?? readFileSync(join(folder, tokenFile), 'utf8').trim();
  return {
    name,
    folder,
    isRemote: false,
    url: urlOfListener(values.GMP_HOST ?? '', values.GMP_PORT ?? ''),
    token,
  };
}

function readRemote(file: string): ApiTarget {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ApiTarget;
  } catch (cause) {
    throw new Fault(
      'bad_settings',
      `${file} is damaged: ${reasonOf(cause)}. Delete its folder and log in again`,
    );
  }
}

/**
 * Makes the folder with its settings and a token, unless there is one. It appears as a whole: of two that make the same
 * instance at once, one makes it and both find it.
 * @returns whether this call made it
 */
export function makeInstance(
  home: string,
  name: string,
  { host, port, redisUrl }: { host: string; port: number; redisUrl: string | undefined },
): boolean {
  const folder = folderOf(home, name);
  const text = `; Settings of the instance ${name}. Any GMP_ setting can be added, without the prefix.
[server]
host = ${host}
port = ${port}
db_path = ${join(folder, 'mail_service.db')}
api_token_file = ${join(folder, tokenFile)}
${redisUrl === undefined ? '' : `redis_url = ${redisUrl}\n`}`;
  const files = { [configFile]: text, [tokenFile]: `${randomBytes(32).toString('base64url')}\n` };
  return makeFolder(home, folder, files);
}

/** Keeps the address and the token of a service that runs elsewhere. */
export function keepRemote(home: string, name: string, target: ApiTarget): Instance {
  const folder = folderOf(home, name);
  if (existsSync(folder)) throw new Fault('conflict', `There is an instance ${name} already`);
  makeFolder(home, folder, { [remoteFile]: `${JSON.stringify(target)}\n` });
  return readInstance(home, name);
}

function makeFolder(home: string, folder: string, files: Record<string, string>): boolean {
  makeHome(home);
  const own = join(home, `.new-${randomBytes(8).toString('hex')}`);
  mkdirSync(own, { mode: 0o700 });
  try {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(own, file), text, { mode: 0o600 });
    renameSync(own, folder);
    return true;
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
    return false;
  }
}
