// Packs the program, installs the tarball into an empty folder as `npm install -g` does, and runs what was installed.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNode, ensureProgram } from './ensure.mjs';
import { excerpt, main, root, run } from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'mail-proxy-package-'));
const prefix = join(folder, 'prefix');
const program = join(prefix, 'bin/mail-proxy');
const env = {
  MAIL_PROXY_HOME: join(folder, 'home'),
  HOME: folder,
  npm_config_cache: process.env.npm_config_cache ?? join(process.env.HOME ?? folder, '.npm'),
};

/** What the installed program must do, and what it prints then. */
const steps = [
  [['--version'], /^mail-proxy\/\d/],
  [['list'], /No instances/],
  [['completion', 'bash'], /complete -o default -F _mail_proxy/],
  [['bounce', 'parse', join(folder, 'mail.eml')], /mail\.eml: /],
  // The service comes up with its migrations, its private Redis and its pages.
  [['start', 'demo', '--background'], /demo runs at http/],
  [['tenants', 'add', 'shop'], /Its API key/],
  [['doctor'], /database: .*every migration is applied/],
  [['stop', 'demo'], /demo is stopped/],
];

async function must(command, args) {
  const { code, output } = await run(command, args, { env, cwd: root });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${excerpt(output)}`);
  return output;
}

await main(async () => {
  ensureNode();
  await ensureProgram();
  try {
    mkdirSync(prefix);
    await must('npm', ['pack', '--silent', '--pack-destination', folder]);
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    // Compiling better-sqlite3 takes over a minute, and `npm ci` has just shown that it works: so its result is copied.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
    await must('npm', ['install', '-g', '--prefix', prefix, ...flags, join(folder, tarball)]);
    const compiled = 'node_modules/better-sqlite3/build';
    cpSync(join(root, compiled), join(prefix, 'lib/node_modules/mail-proxy', compiled), { recursive: true });
    writeFileSync(join(folder, 'mail.eml'), 'From: jo@example.org\nSubject: Hi\n\nText\n');
    for (const [args, expected] of steps) {
      // doctor warns of what a new installation lacks, and then exits with 1.
      const { output } = await run(program, args, { env, cwd: folder });
      if (!expected.test(output))
        throw new Error(`mail-proxy ${args.join(' ')} printed:\n${excerpt(output)}`);
    }
    console.log(`ok     ${tarball} installs into an empty folder and works`);
  } finally {
    await run(program, ['stop', 'demo', '--force'], { env, cwd: folder });
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
});
