// Has the binary of better-sqlite3 ready, in the user's cache, before `npm ci` asks for it: downloaded, or compiled while the
// packages are fetched. Compiling takes over a minute of one processor; the next clone on this machine finds the result.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run, step } from './run.mjs';

const PACKAGE = 'better-sqlite3';
const DOWNLOAD_MS = 5000;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mail-proxy');

/** Has the installation of better-sqlite3 look into the cache first. */
export const sqliteBinaryEnv = { npm_config_better_sqlite3_local_prebuilds: cache };

/**
 * Never fails: without the file, the installation of the package downloads or compiles it itself.
 * @param {Record<string, string>} env of npm, for node-gyp
 */
export async function ensureSqliteBinary(env) {
  const { version, integrity } = lockedPackage();
  // As the installation of the package spells it: another version of Node has another number.
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : '';
  const system = `${process.platform}${process.platform === 'linux' ? libc : ''}-${process.arch}`;
  const name = `${PACKAGE}-v${version}-node-v${process.versions.modules}-${system}.tar.gz`;
  if (existsSync(join(cache, name))) return;
  let folder;
  try {
    folder = mkdtempSync(join(tmpdir(), 'mail-proxy-sqlite-'));
    const made = join(folder, name);
    if (!(await download(version, name, made))) {
      await step(`compiling ${PACKAGE}`, () => compile({ version, integrity, folder, made, env }));
    }
    mkdirSync(cache, { recursive: true });
    // A folder in memory and the cache may be on two disks, between which nothing can be renamed.
    const partial = join(cache, `${name}.${process.pid}`);
    writeFileSync(partial, readFileSync(made));
    renameSync(partial, join(cache, name));
  } catch {
    // Told by the installation of the package, if it fails too.
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

function lockedPackage() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return lock.packages[`node_modules/${PACKAGE}`];
}

async function download(version, name, to) {
  const url = `https://github.com/WiseLibs/${PACKAGE}/releases/download/v${version}/${name}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!response.ok) return false;
    writeFileSync(to, Buffer.from(await response.arrayBuffer()));
    return true;
  } catch {
    return false;
  }
}

async function compile({ version, integrity, folder, made, env }) {
  await must('npm', ['pack', `${PACKAGE}@${version}`, '--pack-destination', folder], folder);
  const source = join(folder, readdirSync(folder).find((one) => one.endsWith('.tgz')) ?? '');
  const digest = createHash('sha512').update(readFileSync(source)).digest('base64');
  if (integrity !== `sha512-${digest}`) throw new Error(`${PACKAGE} is not what package-lock.json says`);
  await must('tar', ['-xzf', source, '-C', folder], folder);
  await must('npm', ['run', 'build-release'], join(folder, 'package'), { ...env, JOBS: 'max' });
  await must(
    'tar',
    ['-czf', made, '-C', join(folder, 'package'), `build/Release/better_sqlite3.node`],
    folder,
  );
}

async function must(command, args, cwd, env = {}) {
  const { code, output } = await run(command, args, { cwd, env });
  if (code !== 0) throw new Error(`${command} ${args[0]} failed:\n${output}`);
}
