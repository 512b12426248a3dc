// Where instances live: a folder for each in ~/.mail-proxy, or where MAIL_PROXY_HOME says.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../config.js';
import { Fault, reasonOf } from '../../errors.js';
import { makeFolders } from '../../make-folders.js';

/** What `use` has chosen for commands that name none. */
interface Chosen {
  instance?: string;
  tenant?: string;
}

const chosenFile = 'current.json';

export function homeFolder(env: Environment): string {
  return env.MAIL_PROXY_HOME ?? join(homedir(), '.mail-proxy');
}

/** @throws Fault `bad_request` for a name that could not be told from a path or from another word of the command line */
export function folderOf(home: string, name: string): string {
  if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(name)) {
    throw new Fault('bad_request', `"${name}" is not a name: up to 64 letters, digits, - and _`);
  }
  return join(home, name);
}

/** The names of all instances, in order. */
export function listInstances(home: string): string[] {
  if (!existsSync(home)) return [];
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[A-Za-z0-9]/.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

export function readChosen(home: string): Chosen {
  try {
    return JSON.parse(readFileSync(join(home, chosenFile), 'utf8')) as Chosen;
  } catch {
    return {};
  }
}

/** @throws Fault `bad_settings` */
export function makeHome(home: string): void {
  try {
    makeFolders(home);
  } catch (error) {
    throw new Fault(
      'bad_settings',
      `${home} cannot be made: ${reasonOf(error)}. MAIL_PROXY_HOME names another folder`,
    );
  }
}

export function writeChosen(home: string, chosen: Chosen): void {
  makeHome(home);
  writeFileSync(join(home, chosenFile), `${JSON.stringify(chosen)}\n`, { mode: 0o600 });
}
