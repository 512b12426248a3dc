// Installs what the other scripts need, unless it is there: packages, build, Redis, PostgreSQL, Chromium.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { excerpt, packageFile, root, run, step } from './run.mjs';
import { ensureSqliteBinary, sqliteBinaryEnv } from './sqlite-binary.mjs';
import { aptInstall, ensureSystemPackage, isRootOnDebian, onPath } from './system-package.mjs';

export { ensureSystemPackage };

const OLDEST_NODE = [20, 19];
const BUILD_TOOLS = ['python3', 'make', 'g++'];

/** Throws one sentence where Node is too old to run the project. */
export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `mail-proxy needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
  );
}

/** The packages of package-lock.json, and dist/. */
export async function ensureProgram() {
  const installed = changedAt(packageFile('.package-lock.json'));
  if (installed >= changedAt(join(root, 'package-lock.json'))) return ensureBuilt();
  // All that is compiled or fetched after the installation can wait for the build, which needs the files alone.
  const sqlite = ensureSqliteBinary(npmEnv());
  await step('installing the npm packages', () => mustNpm(['ci', '--ignore-scripts']));
  const [scripts, built] = await Promise.allSettled([sqlite.then(runInstallScripts), ensureBuilt()]);
  for (const half of [scripts, built]) if (half.status === 'rejected') throw half.reason;
}

async function runInstallScripts() {
  try {
    // What package.json allows scripts of.
    await step('running the install scripts of packages', () => mustNpm(['rebuild']));
  } catch (error) {
    // The next start must not take the packages for installed.
    rmSync(packageFile('.package-lock.json'), { force: true });
    throw error;
  }
}

async function mustNpm(args) {
  const npm = () => run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { env: npmEnv() });
  let result = await npm();
  // better-sqlite3 is compiled when no prebuilt binary can be downloaded.
  if (result.code !== 0 && /better-sqlite3|node-gyp|gyp ERR/.test(result.output) && isRootOnDebian()) {
    await aptInstall(BUILD_TOOLS);
    result = await npm();
  }
  if (result.code !== 0)
    throw new Error(`npm ${args[0]} failed:\n${excerpt(result.output)}${buildToolsHint(result.output)}`);
}

/** Builds dist/ and the Prisma clients when a source is newer. */
async function ensureBuilt() {
  const generated = join(root, 'src/store/generated');
  const sources = [
    'src',
    'prisma',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/bundle.mjs',
  ];
  const newest = Math.max(...sources.map((name) => newestChange(join(root, name), generated)));
  const missing = ['sqlite', 'postgresql'].some((name) => !existsSync(join(generated, name)));
  if (!missing && newestChange(join(root, 'dist')) > newest) return;
  await step('building', async () => {
    const { code, output } = await run('npm', ['run', '--silent', 'build']);
    if (code !== 0) throw new Error(`npm run build failed:\n${excerpt(output)}`);
  });
}

export async function ensureRedis() {
  if (!onPath('redis-server')) await ensureSystemPackage('Redis', { apt: ['redis-server'], brew: 'redis' });
}

export async function ensurePostgres() {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  const installed = versions.some((version) => existsSync(join(folder, version, 'bin', 'initdb')));
  if (installed || (onPath('initdb') && onPath('postgres'))) return;
  await ensureSystemPackage('PostgreSQL', { apt: ['postgresql'], brew: 'postgresql' });
}

/** The same places as in test/support/servers/browser.ts. */
export async function ensureChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const onMac = '/Applications/Chromium.app/Contents/MacOS/Chromium';
  if (names.some(onPath) || existsSync(onMac)) return;
  await ensureSystemPackage('Chromium', { apt: ['chromium'], brew: 'chromium' });
}

function npmEnv() {
  // With the headers of the installed Node, node-gyp downloads none.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
  return { npm_config_update_notifier: 'false', ...sqliteBinaryEnv, ...headers };
}

function buildToolsHint(output) {
  return /gyp ERR/.test(output)
    ? `\nbetter-sqlite3 has to be compiled here: it needs ${BUILD_TOOLS.join(', ')}.`
    : '';
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Folders count as well, because a removed file changes only its folder. */
function newestChange(path, except) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || path === except) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name), except)));
}
