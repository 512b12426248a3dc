// Puts the mail servers there that test/interop sends to: Dovecot is installed, and Postfix and Exim, which exclude each
// other and any other mail server of the machine, are unpacked into a folder. Without them those tests are skipped.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, step } from './run.mjs';
import { aptInstall, isRootOnDebian } from './system-package.mjs';

/** The same folder as in test/support/mail-servers/programs.ts. The user of Exim must be able to read it. */
const FOLDER = '/var/cache/mail-proxy-tests';

/** Programs that would run as their owner, for which the loader ignores the libraries of their folder. */
const WITH_OWNERS_RIGHTS = ['usr/sbin/exim4', 'usr/sbin/postdrop', 'usr/sbin/postqueue'];

/** Does what it can: a machine without a network keeps its other tests. */
export async function ensureMailServers() {
  if (!isRootOnDebian()) return;
  try {
    await installDovecot();
    for (const name of ['postfix', 'exim4-daemon-light']) {
      const folder = join(FOLDER, name);
      if (!existsSync(folder)) await step(`unpacking ${name}`, () => unpack(name, folder));
    }
    // The package of Exim makes this user when it is installed; the program does not start without it.
    if ((await run('id', ['-u', 'Debian-exim'])).code !== 0) {
      await must('useradd', [
        '--system',
        '--home-dir',
        '/nonexistent',
        '--shell',
        '/usr/sbin/nologin',
        'Debian-exim',
      ]);
    }
  } catch (error) {
    console.log(`The tests with Postfix, Exim and Dovecot are skipped: ${error.message}`);
  }
}

/** For the demo, which shows no bounce without it. */
export async function ensureDovecot() {
  if (!isRootOnDebian()) return;
  try {
    await installDovecot();
  } catch (error) {
    console.log(`There is no Dovecot: ${error.message}`);
  }
}

async function installDovecot() {
  const parts = ['submission', 'imap'];
  if (parts.every((name) => existsSync(`/usr/lib/dovecot/${name}`))) return;
  await step('installing Dovecot', () => aptInstall(['dovecot-submissiond', 'dovecot-imapd']));
}

/** The package and all that it depends on and the machine does not have. */
async function unpack(name, folder) {
  mkdirSync(FOLDER, { recursive: true });
  const work = mkdtempSync(join(FOLDER, `${name}.`));
  try {
    let plan = await run('apt-get', ['install', '-s', '--no-install-recommends', name]);
    if (plan.code !== 0) {
      await must('apt-get', ['update', '-q']);
      plan = await run('apt-get', ['install', '-s', '--no-install-recommends', name]);
    }
    const missing = [...plan.output.matchAll(/^Inst (\S+)/gm)].map(([, one]) => one);
    const names = [...new Set([name, ...missing])];
    if ((await run('apt-get', ['download', '-q', ...names], { cwd: work })).code !== 0) {
      await must('apt-get', ['update', '-q']);
      await must('apt-get', ['download', '-q', ...names], { cwd: work });
    }
    const root = join(work, 'root');
    for (const file of readdirSync(work).filter((one) => one.endsWith('.deb'))) {
      await must('dpkg', ['-x', join(work, file), root]);
    }
    for (const program of WITH_OWNERS_RIGHTS.map((path) => join(root, path)).filter(existsSync)) {
      chmodSync(program, 0o755);
    }
    chmodSync(root, 0o755);
    renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function must(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args[0]} failed: ${output.trim().split('\n').at(-1)}`);
}
