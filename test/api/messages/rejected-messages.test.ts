// A rejected message with an id and a tenant is reported once, marked as rejected, and its id stays usable.
import { beforeAll, expect, test } from 'vitest';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
let app: ReportApp;
beforeAll(async () => {
  stage = await setApiStage();
  sink = await stage.sink();
  app = await stage.app();
  await stage.tenant('shop', { client_base_url: app.url });
  await stage.account('shop', 'main', { host: sink.host, port: sink.port });
});

const now = { deferred_ts: undefined };
const entriesOf = (id: string) => app.entries.filter((entry) => entry.id === id);
/** Reports are in order, so whatever was to be reported before has been once this message has. */
async function untilAllIsReported(id: string): Promise<void> {
  await stage.add([message({ id, ...now })]);
  await app.waitForEntry((entry) => entry.id === id);
}

test.each([
  ['an unknown account', { account_id: 'none' }, 'account not found for tenant'],
  ['no recipient', { to: [] }, 'missing to'],
  ['an address that is none', { to: 'nobody' }, 'to: is not an e-mail address'],
])('%s', async (name, fault, reason) => {
  const id = name.replaceAll(' ', '-');
  await stage.add([message({ id, ...fault })]);
  const entry = await app.waitForEntry((one) => one.id === id);
  expect(entry).toMatchObject({
    tenant_id: 'shop',
    id,
    error: reason,
    rejected: true,
    error_ts: expect.any(Number),
  });
  const { body } = await stage.service.api('GET', `/messages/${id}?tenant_id=shop`);
  expect(body).toMatchObject({ status: 'error', error: reason });

  // The same fault again is no news; the message mended is sent.
  await stage.add([message({ id, ...fault })]);
  const { body: added } = await stage.add([message({ id, ...now })]);
  expect(added).toEqual({ ok: true, queued: 1, rejected: [] });
  await app.waitForEntry((one) => one.id === id && one.sent_ts !== undefined);
  expect(entriesOf(id).map((one) => [one.rejected, one.sent_ts !== undefined])).toEqual([
    [true, false],
    [undefined, true],
  ]);
});

test('another reason is reported as well', async () => {
  await stage.add([message({ id: 'twice', to: [] })]);
  await stage.add([message({ id: 'twice', subject: '' })]);
  await untilAllIsReported('after-twice');
  expect(entriesOf('twice').map(({ error }) => error)).toEqual(['missing to', 'missing subject']);
});

test('a good message of the same id, waiting or sent, is neither touched nor reported as failed', async () => {
  await stage.add([message({ id: 'waits' }), message({ id: 'gone', ...now })]);
  await app.waitForEntry((entry) => entry.id === 'gone');
  const { body } = await stage.add([message({ id: 'waits', to: [] }), message({ id: 'gone' }), message()]);
  expect(body.rejected).toEqual([
    { id: 'waits', reason: 'missing to' },
    { id: 'gone', reason: 'already sent' },
  ]);
  await stage.add([message({ id: 'waits', account_id: 'none' }), message({ id: 'gone', to: [] })]);
  await untilAllIsReported('after-good');
  expect([...entriesOf('waits'), ...entriesOf('gone')].filter(({ error }) => error !== undefined)).toEqual(
    [],
  );
  expect((await stage.service.api('GET', '/messages/waits?tenant_id=shop')).body).toMatchObject({
    status: 'deferred',
  });
});

test('in one call, the good one of two messages with the same id counts', async () => {
  await stage.add([message({ id: 'both', to: [] }), message({ id: 'both', ...now })]);
  await app.waitForEntry((entry) => entry.id === 'both');
  expect(entriesOf('both')).toMatchObject([{ sent_ts: expect.any(Number) }]);
});

test('a message without an id, or of an unknown tenant, is reported to nobody', async () => {
  const before = app.entries.length;
  const { body } = await stage.add([
    message({ id: undefined }),
    message({ id: 'lost', tenant_id: 'nobody' }),
  ]);
  expect(body.detail?.rejected).toHaveLength(2);
  await untilAllIsReported('after-lost');
  expect(app.entries.slice(before).map(({ id }) => id)).toEqual(['after-lost']);
});

test('a call that is repeated under its idempotency key reports nothing again', async () => {
  const headers = { 'Idempotency-Key': 'rejected-once' };
  const messages = [message({ id: 'keyed', to: [] }), message({ id: 'keyed-good' })];
  await stage.add(messages, { headers });
  await stage.add(messages, { headers });
  await untilAllIsReported('after-keyed');
  expect(entriesOf('keyed')).toHaveLength(1);
});
