// The requests of genro-mail-proxy's guides, example client and Python client, as they send them.
import { beforeAll, expect, test } from 'vitest';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, type Listed, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
let app: ReportApp;
let key: string;
beforeAll(async () => {
  stage = await setApiStage();
  sink = await stage.sink();
  app = await stage.app();
  key = await stage.tenant('acme', {
    client_base_url: app.url,
    client_sync_path: 'mail-proxy/sync',
    client_auth: { method: 'bearer', token: 'what-acme-knows-us-by' },
  });
  await stage.account('acme', 'main', {
    port: String(sink.port),
    use_tls: 'false',
    ttl: 0,
    is_pec_account: false,
  });
});

const mail = (id: string, fields: object) => ({
  id,
  from: 'sender@acme.com',
  to: ['jo@example.org'],
  subject: 'Hello',
  body: '<h1>Hello</h1>',
  ...fields,
});
const add = (message: object, token?: string) => stage.add([message], token === undefined ? {} : { token });
async function received(id: string): Promise<string> {
  await sink.waitFor((messages) => messages.some((one) => one.id === id));
  return sink.messages.find((one) => one.id === id)?.raw.toString() ?? '';
}

test("the Flask guide: the tenant's token, no tenant_id, reports with a bearer token", async () => {
  const { body } = await add(mail('flask', { content_type: 'html' }), key);
  expect(body).toMatchObject({ ok: true, queued: 1, rejected: [] });
  expect(await received('flask')).toMatch(/Content-Type: text\/html/i);
  await app.waitForEntry((entry) => entry.id === 'flask' && entry.sent_ts !== undefined);
  expect(app.calls[0]?.headers.authorization).toBe('Bearer what-acme-knows-us-by');
});

test("the Express guide: the admin's token and an account, no tenant_id", async () => {
  const { body } = await add(mail('express', { account_id: 'main', priority: 'high' }));
  expect(body).toMatchObject({ ok: true, queued: 1, rejected: [] });
  await received('express');
});

test.each([
  [true, 'text/html'],
  ['true', 'text/html'],
  [1, 'text/html'],
  [false, 'text/plain'],
])('the example client: "html": %j beside the body is %s', async (html, type) => {
  const id = `html-${typeof html}-${html}`;
  const { body } = await add(mail(id, { account_id: 'main', html }));
  expect(body).toMatchObject({ queued: 1 });
  expect(await received(id)).toMatch(new RegExp(`Content-Type: ${type}`, 'i'));
});

test('its end-to-end suite: Reply-To among the headers, and suspend without a tenant', async () => {
  const { body } = await add(
    mail('e2e', { account_id: 'main', headers: { 'Reply-To': 'answers@acme.com' } }),
  );
  expect(body).toMatchObject({ queued: 1 });
  expect(await received('e2e')).toMatch(/^Reply-To: answers@acme\.com\r?$/m);
  expect((await stage.service.api('POST', '/commands/suspend')).status).toBe(422);
});

test('the Python client: lists with any limit, and takes a message with an error for failed', async () => {
  const nobody = mail('refused', { account_id: 'none', tenant_id: 'acme' });
  expect((await add(nobody)).status).toBe(400);
  const { status, body } = await stage.list({ tenant_id: 'acme', limit: 5000 });
  expect(status).toBe(200);
  const failed = body.messages.filter((one: Listed) => one.error !== undefined).map(({ id }) => id);
  expect(failed).toEqual(['refused']);
  const sent = body.messages.find(({ id }) => id === 'flask');
  expect(sent).toMatchObject({
    created_at: expect.any(String),
    message: { from: 'sender@acme.com', subject: 'Hello' },
  });
});
