// Measures the memory that attachments take, and how soon another tenant's small mails leave while they are sent.
// Options: --count N messages (20), --mb N of each attachment (20), --source http_url|filesystem|base64 (http_url),
// --distinct (contents differ, else all messages have the same), --seconds N after which no more base64 is handed in (100),
// --database sqlite|postgresql (sqlite)
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFileServer } from '../test/support/http/file-server.js';
import type { Program } from '../test/support/programs/program.js';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { waitFor } from '../test/support/programs/wait-for.js';
import { mail } from '../test/support/stage/mail.js';
import { addTenant, type Tenant } from '../test/support/stage/tenant.js';
import { askEverySoOften } from './neighbour.js';
import { each, layStage, memory, pause } from './stage.js';
import { type FarSideProcess, startFarSide } from './start-far-side.js';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '20' },
    mb: { type: 'string', default: '20' },
    source: { type: 'string', default: 'http_url' },
    distinct: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '100' },
    database: { type: 'string', default: 'sqlite' },
  },
});
const count = Number(options.count);
const size = Number(options.mb) * 1024 * 1024;
/** Calls at once that hand in base64, each with one message. */
const callers = 2;

const contents = Array.from({ length: options.distinct ? count : 1 }, () => randomBytes(size));
const contentOf = (n: number) => contents[n % contents.length] ?? Buffer.alloc(0);

const stage = await layStage(options.database);
const far = await startFarSide();
const files = await startFileServer();
const folder = await tempFolder('mail-proxy-bench-files');
try {
  mkdirSync(join(folder.path, 'files'));
  for (const [n, bytes] of contents.entries()) {
    files.serve(`/${n}`, (response) => response.end(bytes));
    writeFileSync(join(folder.path, `files/${n}`), bytes);
  }
  const program = await stage.program({
    GMP_PRIVATE_NETWORKS: 'allow',
    GMP_TENANT_SMTP_PORTS: '1-65535',
    GMP_ATTACHMENT_BASE_DIR: join(folder.path, 'files'),
  });
  const server = { host: '127.0.0.1', port: far.smtpPort };
  const tenant = await addTenant(program, 'large', { server, account: { use_tls: false } });
  await measure(program, tenant, far);
  await program.kill();
} finally {
  far.end();
  await stage.end();
  await files.stop();
  await folder.remove();
}

async function measure(program: Program, tenant: Tenant, farSide: FarSideProcess): Promise<void> {
  const neighbour = await askEverySoOften(stage, program);
  // The service has its usual size once it has sent some mails.
  await pause(5000);
  const before = memory(program.pid).now;
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, memory(program.pid).now);
  }, 20);
  const began = performance.now();
  const sent = await handIn(program, tenant);
  const handedInMs = performance.now() - began;
  await waitFor(
    'all to arrive',
    async () => (await farSide.ask<{ delivered: number }>('counts')).delivered >= sent,
    { timeoutMs: 400_000, everyMs: 200 },
  );
  const tookMs = performance.now() - began;
  clearInterval(sampling);
  const latencies = await neighbour.end();
  console.log(
    `${options.database}, ${sent} x ${options.mb} MB from ${options.source}${options.distinct ? ', distinct' : ''}: ` +
      `resident ${before} MB before, at most ${most} MB, a rise of ${most - before} MB; ` +
      `handed in after ${Math.round(handedInMs)} ms, all sent after ${Math.round(tookMs)} ms`,
  );
  console.log('  small mails of another tenant:', latencies);
}

/**
 * Fetched ones in one call, base64 in a call for each message.
 * @returns how many messages
 */
async function handIn(program: Program, tenant: Tenant): Promise<number> {
  const message = (n: number) =>
    mail(`large-${n}`, { attachments: [{ filename: 'a.bin', storage_path: pathOf(n) }] });
  if (options.source !== 'base64') {
    await tenant.handIn(
      program,
      Array.from({ length: count }, (_, n) => message(n)),
    );
    return count;
  }
  const until = performance.now() + Number(options.seconds) * 1000;
  let sent = 0;
  await each(count, callers, async (n) => {
    if (performance.now() > until) return;
    await tenant.handIn(program, [message(n)], { timeoutMs: 120_000 });
    sent += 1;
  });
  return sent;
}

function pathOf(n: number): string {
  const name = n % contents.length;
  if (options.source === 'http_url') return `${files.url}/${name}`;
  if (options.source === 'filesystem') return join(folder.path, `files/${name}`);
  return `base64:${contentOf(n).toString('base64')}`;
}
