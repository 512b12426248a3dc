// The example application empties its outbox by being called again and again, and learns what became of every mail.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startChild } from '../../support/programs/child.js';
import { freePort } from '../../support/programs/free-port.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail, mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

const program = 'examples/sync-client/client.mjs';

test('an outbox of 250 mails is handed in and reported, over a restart of the application in the middle', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const service = await stage.service({ GMP_SYNC_INTERVAL_SECONDS: '600' });
  const created = await service.api<{ api_key: string }>('POST', '/tenant', { id: 'shop' });
  await addTenant(service, 'shop', { server: sink });

  const folder = await tempFolder('client');
  onTestFinished(folder.remove);
  const [outbox, results] = ['outbox.jsonl', 'results.jsonl'].map((name) => join(folder.path, name)) as [
    string,
    string,
  ];
  const bad = mail('bad', { to: ['nobody'] });
  await writeFile(outbox, [bad, ...mails('m', 250)].map((one) => `${JSON.stringify(one)}\n`).join(''));
  const port = await freePort();
  const start = () =>
    startChild(process.execPath, [program], {
      cwd: process.cwd(),
      env: {
        PROXY_URL: service.url,
        PROXY_TOKEN: created.body.api_key,
        SYNC_TOKEN: 'sync-token',
        OUTBOX: outbox,
        RESULTS: results,
        PORT: String(port),
        BATCH: '20',
      },
    });
  const noted = async () => {
    const text = await readFile(results, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const first = start();
  onTestFinished(() => first.end('SIGKILL').then(() => undefined));
  await waitFor('the application to listen', async () => first.output().includes('waiting'));
  await service.api('PUT', '/tenant/shop', {
    client_base_url: `http://127.0.0.1:${port}`,
    client_auth: { method: 'bearer', token: 'sync-token' },
  });
  await waitFor('results', async () => (await noted()).length > 40, { timeoutMs: 30_000 });
  await first.end('SIGTERM');
  const second = start();
  onTestFinished(() => second.end('SIGKILL').then(() => undefined));

  await waitFor('all results', async () => (await noted()).filter((one) => one.sent_ts).length >= 250, {
    timeoutMs: 40_000,
  });
  const all = await noted();
  expect(new Set(all.flatMap(({ id, sent_ts }) => (sent_ts ? [id] : []))).size).toBe(250);
  expect(all.filter(({ sent_ts }) => sent_ts)).toHaveLength(250);
  expect(all.find(({ refused }) => refused)).toMatchObject({ refused: { id: 'bad' } });
  expect(new Set(sink.messages.map(({ id }) => id)).size).toBe(250);
});
