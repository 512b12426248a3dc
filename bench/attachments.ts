// Measures the memory that attachments take, and how soon another tenant's small mails leave while they are sent.
// Options: --count N messages (20), --mb N of each attachment (20), --source http_url|filesystem|base64 (http_url),
// --distinct (contents differ, else all messages have the same), --callers N calls of base64 at once, each with one message (2),
// --seconds N after which no more base64 is handed in (100), --database sqlite|postgresql (sqlite)
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFileServer } from '../test/support/http/file-server.js';
import type { Program } from '../test/support/programs/program.js';
import { ADMIN_TOKEN } from '../test/support/programs/service.js';
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
    callers: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '100' },
    database: { type: 'string', default: 'sqlite' },
  },
});
const count = Number(options.count);
const size = Number(options.mb) * 1024 * 1024;

const contents = Array.from({ length: options.distinct ? count : 1 }, () => randomBytes(size));

/** Encoded beforehand, because the neighbour is in this process. */
const encoded =
  options.source === 'base64' ? contents.map((bytes) => Buffer.from(bytes.toString('base64'))) : [];

let refused = 0;

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
  if (refused > 0) console.log(`  calls that were answered 503 and came again: ${refused}`);
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
  await each(count, Number(options.callers), async (n) => {
    if (performance.now() > until) return;
    await postBase64(program, tenant, n);
    sent += 1;
  });
  return sent;
}

function pathOf(n: number): string {
  const name = n % contents.length;
  if (options.source === 'http_url') return `${files.url}/${name}`;
  return join(folder.path, `files/${name}`);
}

/** The bytes are written as they are, so that this process is not busy with them. A caller that is told to wait comes again. */
async function postBase64(program: Program, tenant: Tenant, n: number): Promise<void> {
  const content = encoded[n % encoded.length] ?? Buffer.alloc(0);
  const whole = JSON.stringify({
    messages: [
      {
        ...mail(`large-${n}`),
        tenant_id: tenant.id,
        account_id: 'main',
        attachments: [{ filename: 'a.bin', storage_path: 'base64:' }],
      },
    ],
  });
  const at = whole.indexOf('base64:') + 'base64:'.length;
  const [before, after] = [Buffer.from(whole.slice(0, at)), Buffer.from(whole.slice(at))];
  for (;;) {
    const call = request(`${program.url}/commands/add-messages`, {
      method: 'POST',
      headers: {
        'X-API-Token': ADMIN_TOKEN,
        'Content-Length': before.length + content.length + after.length,
      },
    });
    for (const part of [before, content]) call.write(part);
    call.end(after);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    const text = Buffer.concat(await response.toArray()).toString();
    if (response.statusCode === 200) return;
    if (response.statusCode !== 503) throw new Error(`HTTP ${response.statusCode}: ${text}`);
    refused += 1;
    await pause(1000);
  }
}
