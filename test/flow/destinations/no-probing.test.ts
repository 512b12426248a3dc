// No tenant probes private networks: neither other paths of the admin's endpoint, nor the words of a service that is no mail server.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({
    GMP_LOG_LEVEL: 'debug',
    GMP_LOG_FORMAT: 'json',
    GMP_RETRY_DELAYS: '1',
    GMP_MAX_RETRIES: '1',
  });
});

test('reports to a base URL of the admin go to its path, and not to one that the tenant chose there', async () => {
  const app = await stage.app();
  const tenant = await addTenant(service, 'path', { app, server: await stage.sink() });
  await tenant.handIn(service, [mail('first')]);
  await tenant.until(service, 'first', ({ reported_ts }) => reported_ts !== undefined);
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant/path/api-key', {});
  const token = body.api_key;
  const change = (client_sync_path: string | null) =>
    service.api('PUT', '/tenant/path', { client_sync_path }, { token });
  const calls = app.calls.length;
  expect((await change('/admin/delete-everything')).status).toBe(200);
  await tenant.handIn(service, [mail('second')]);
  await tenant.until(service, 'second', ({ status }) => status === 'sent');
  await waitFor('the refusal', () =>
    /"report.(refused|call_failed)"[^\n]*"tenant":"path"/.test(service.output()),
  );
  expect(app.calls.length).toBe(calls);
  expect((await change(null)).status).toBe(200);
  await tenant.until(service, 'second', ({ reported_ts }) => reported_ts !== undefined);
});

test('what a server says that speaks no SMTP is for the log alone: neither verify nor a message repeats it', async () => {
  const banner = 'SSH-2.0-internal_7.4';
  const server = createServer((socket) => socket.on('error', () => {}).write(`${banner}\r\n`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const app = await stage.app();
  const { port } = server.address() as AddressInfo;
  const tenant = await addTenant(service, 'banner', { app, server: { host: '127.0.0.1', port } });
  await tenant.handIn(service, [mail('m')]);
  const failed = await tenant.until(
    service,
    'm',
    ({ status, reported_ts }) => status === 'error' && reported_ts !== undefined,
  );
  const sentence = 'The server does not answer as a mail server does';
  expect(failed.error).toBe(sentence);
  expect(JSON.stringify([failed, app.entries])).not.toContain(banner);
  const { body } = await service.api('POST', '/account/main/verify?tenant_id=banner');
  expect(body).toEqual({ ok: false, error: sentence });
  expect(service.output()).toContain(banner);
});
