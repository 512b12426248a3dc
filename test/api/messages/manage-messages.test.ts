// A tenant sees and deletes single messages of its own.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
let app: ReportApp;

beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink({ onRcpt: (address) => (address.startsWith('held') ? 'hang' : undefined) });
  app = await stage.app();
  service = await stage.service({ GMP_SHUTDOWN_GRACE_SECONDS: '1' });
  for (const id of ['a', 'b']) {
    await service.api('POST', '/tenant', { id, client_base_url: app.url });
    const account = { id: 'main', tenant_id: id, host: sink.host, port: sink.port, use_tls: false };
    await service.api('POST', '/account', account);
  }
});

const post = (id: string, extra = {}, tenant = 'a') =>
  service.api('POST', '/commands/add-messages', {
    messages: [{ id, tenant_id: tenant, from: 'x@example.com', to: 'y@example.org', subject: id, ...extra }],
  });
const status = async (id: string, tenant = 'a') =>
  (await service.api<{ status: string }>('GET', `/messages/${id}?tenant_id=${tenant}`)).body.status;
const later = () => ({ deferred_ts: Math.floor(Date.now() / 1000) + 3600 });

test('one message is shown as in the list, with its events in order', async () => {
  await post('m1', { batch_code: 'april' });
  await waitFor('m1 to be reported', async () => {
    const { body } = await service.api('GET', '/messages/m1?tenant_id=a');
    return body.reported_ts !== undefined;
  });
  const listed = await service.api<{ messages: unknown[] }>('GET', '/messages?tenant_id=a&batch_code=april');
  const single = await service.api('GET', '/messages/m1?tenant_id=a');
  expect(listed.body.messages).toEqual([single.body]);
  const { body } = await service.api<{ events: { event_type: string }[] }>(
    'GET',
    '/messages/m1/events?tenant_id=a',
  );
  expect(body.events.map(({ event_type }) => event_type)).toEqual(['queued', 'sent']);
  expect((await service.api('GET', '/messages/m1?tenant_id=b')).status).toBe(404);
  expect((await service.api('GET', '/messages/nothing/events?tenant_id=a')).status).toBe(404);
});

test("deleting takes a tenant's own messages, sent or not, and names those it does not have", async () => {
  await post('twin', later());
  await post('twin', later(), 'b');
  const { body } = await service.api('POST', '/commands/delete-messages?tenant_id=a', {
    ids: ['twin', 'none', 'none'],
  });
  expect(body).toEqual({ ok: true, removed: 1, not_found: ['none'] });
  expect((await service.api('GET', '/messages/twin?tenant_id=a')).status).toBe(404);
  expect(await status('twin', 'b')).toBe('deferred');
});

test('an id that no message can have does not delete a message with a similar id', async () => {
  await post('near\ufffd', later());
  const ids = ['near\0', 'near\ud800'];
  const { body } = await service.api('POST', '/commands/delete-messages?tenant_id=a', { ids });
  expect(body).toEqual({ ok: true, removed: 0, not_found: [expect.any(String), expect.any(String)] });
  expect(await status('near%EF%BF%BD')).toBe('deferred');
});

test('a deleted message is not sent, and its id can be used again', async () => {
  await post('again', { deferred_ts: Date.now() / 1000 + 1, subject: 'old' });
  await service.api('POST', '/commands/delete-messages?tenant_id=a', { ids: ['again'] });
  await post('again', { deferred_ts: Date.now() / 1000 + 1, subject: 'new' });
  await sink.waitFor((messages) => messages.some(({ id }) => id === 'again'));
  await waitFor('it to be sent', async () => (await status('again')) === 'sent');
  expect(sink.messages.filter(({ id }) => id === 'again').map((mail) => mail.header('subject'))).toEqual([
    'new',
  ]);
});

test('a message can be deleted while it is being sent', async () => {
  await post('held', { to: 'held@example.org' });
  await waitFor(
    'the attempt to begin',
    () => sink.connections > 0 && status('held').then((now) => now === 'pending'),
  );
  const { body } = await service.api('POST', '/commands/delete-messages?tenant_id=a', { ids: ['held'] });
  expect(body).toEqual({ ok: true, removed: 1 });
  await post('after-held');
  await waitFor('the next one to be sent', async () => (await status('after-held')) === 'sent');
});

test('cleaning up deletes only messages that were reported long enough ago', async () => {
  await post('done');
  await post('open', later());
  await waitFor('done to be reported', async () => {
    const { body } = await service.api('GET', '/messages/done?tenant_id=a');
    return body.reported_ts !== undefined;
  });
  const clean = (body?: object) => service.api('POST', '/commands/cleanup-messages?tenant_id=a', body);
  expect((await clean()).body).toEqual({ ok: true, removed: 0 });
  const { body } = await clean({ older_than_seconds: 0 });
  expect(body.removed).toBeGreaterThan(0);
  expect((await service.api('GET', '/messages/done?tenant_id=a')).status).toBe(404);
  expect(await status('open')).toBe('deferred');
  expect((await clean({ older_than_seconds: -1 })).status).toBe(422);
});
