// Installs a system package where this needs no password: as root on Debian or Ubuntu, or with Homebrew.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { excerpt, run, step } from './run.mjs';

const POLICY = '/usr/sbin/policy-rc.d';
const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' };
let listsAreFresh = false;
/** The installation before the next. */
let installed = Promise.resolve();

/**
 * @param {string} what Its name for people, such as "Redis"
 * @param {{ apt: string[], brew?: string }} names
 */
export async function ensureSystemPackage(what, { apt, brew }) {
  if (isRootOnDebian()) return step(`installing ${what}`, () => aptInstall(apt));
  if (brew && onPath('brew')) return step(`installing ${what}`, () => check('brew', ['install', brew]));
  const byHand = [`\`sudo apt-get install ${apt.join(' ')}\``, ...(brew ? [`\`brew install ${brew}\``] : [])];
  throw new Error(`${what} is missing: install it (${byHand.join(' or ')}) and start this again.`);
}

export function isRootOnDebian() {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

export function onPath(program) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder && existsSync(join(folder, program)));
}

/** One at a time, because apt allows no second. */
export function aptInstall(packages) {
  installed = installed.then(
    () => install(packages),
    () => install(packages),
  );
  return installed;
}

async function install(packages) {
  const restore = forbidServices();
  try {
    // A bare image has no package lists. A failed update leaves the existing lists in place.
    if (!listsAreFresh) await run('apt-get', ['update', '-q'], { env: APT_ENV });
    listsAreFresh = true;
    await check('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages]);
  } finally {
    restore();
  }
}

/** Keeps a freshly installed package from starting its service, unless the machine has a policy of its own. */
function forbidServices() {
  if (existsSync(POLICY)) return () => {};
  const remove = () => rmSync(POLICY, { force: true });
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
  chmodSync(POLICY, 0o755);
  process.once('exit', remove);
  return () => {
    process.off('exit', remove);
    remove();
  };
}

async function check(command, args) {
  const { code, output } = await run(command, args, { env: APT_ENV });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${excerpt(output)}`);
}
