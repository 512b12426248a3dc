// Fields and parameters that have no effect are taken, and named in the answer.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

interface Warned {
  warnings?: string[];
  detail?: unknown;
}

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage({ GMP_SMTP_HOST: '127.0.0.1', GMP_SMTP_PORT: '9' });
  await stage.tenant('shop');
});

const warningsOf = async (method: string, path: string, body?: object) => {
  const answer = await stage.service.api<Warned>(method, path, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.warnings;
};
const account = { id: 'main', tenant_id: 'shop', host: '127.0.0.1', port: 9 };
const pec = expect.stringMatching(/^is_pec_account has no effect: receipts .* are not followed$/);

test.each([
  ['username', 'unknown field username; did you mean user?'],
  ['pass', 'unknown field pass; did you mean password?'],
  ['tls', 'unknown field tls; did you mean use_tls?'],
  ['limit_per_minutes', 'unknown field limit_per_minutes; did you mean limit_per_minute?'],
  ['colour', 'unknown field colour'],
  ['<script>', 'unknown field whose name is not repeated here'],
])('an account with the field %s', async (field, warning) => {
  expect(await warningsOf('POST', '/account', { ...account, [field]: 'x' })).toEqual([warning]);
});

test('a tenant with unknown fields, also in its groups', async () => {
  const fields = { client_sync_url: 'http://x', client_auth: { method: 'basic', user: 'u', pass: 'p' } };
  expect(await warningsOf('PUT', '/tenant/shop', fields)).toEqual([
    'unknown field client_sync_url; did you mean client_sync_path?',
    'unknown field client_auth.pass; did you mean client_auth.password?',
  ]);
});

test('an account of certified mail is told that receipts are not followed', async () => {
  expect(await warningsOf('POST', '/account', { ...account, is_pec_account: true })).toEqual([pec]);
  expect(await warningsOf('PUT', '/account/main?tenant_id=shop', { is_pec_account: 1 })).toEqual([pec]);
  for (const no of [false, 0, 'False', '0', ' no ', null, ''])
    expect(await warningsOf('POST', '/account', { ...account, is_pec_account: no })).toBeUndefined();
});

test.each([
  ['POST', '/commands/run-now?tenantid=shop', 'unknown parameter tenantid'],
  ['POST', '/tenant/shop/api-key?expires_at=1', 'unknown parameter expires_at'],
  ['POST', '/commands/add-messages?dry_run=1', 'unknown parameter dry_run'],
  ['PUT', '/tenant/shop?active=false', 'unknown parameter active'],
])('%s %s is told of the parameter', async (method, path, warning) => {
  const body = path.includes('add-messages')
    ? { messages: [] }
    : method === 'PUT'
      ? { name: 'S' }
      : undefined;
  expect(await warningsOf(method, path, body)).toEqual([warning]);
});

test('what all is known has no warnings', async () => {
  expect(await warningsOf('POST', '/account', account)).toBeUndefined();
});

test('messages: each unknown field once, whether they are queued or rejected', async () => {
  const odd = { replyto: 'a@example.com', is_pec: true };
  const { body } = await stage.add([message(odd), message(odd), message()]);
  expect(body).toEqual({
    ok: true,
    queued: 3,
    rejected: [],
    warnings: [
      'unknown field replyto; did you mean reply_to?',
      'is_pec has no effect: receipts of certified mail (PEC) are not followed',
    ],
  });
  const refused = await stage.add([message({ from: undefined, sender: 'a@example.com' })]);
  expect(refused).toMatchObject({
    status: 400,
    body: {
      detail: { rejected: [{ reason: 'missing from' }] },
      warnings: ['unknown field sender; did you mean from?'],
    },
  });
});

test('fields of a message that lose against others', async () => {
  const { body } = await stage.add([
    message({ from_addr: 'b@example.com', html: '<p>Hi</p>', content_type: 'html' }),
  ]);
  expect(body).toMatchObject({
    queued: 1,
    warnings: ['from_addr has no effect beside from', 'content_type has no effect without body'],
  });
});

test('a thousand unknown names are not all repeated', async () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`odd${i}`, 1]));
  const { body } = await stage.service.api<Warned>('POST', '/account', { ...account, ...many });
  expect(body.warnings).toHaveLength(50);
});

test('a parameter of the query that nobody knows', async () => {
  expect(await warningsOf('GET', '/messages?tenant_id=shop&state=error')).toEqual([
    'unknown parameter state; did you mean status?',
  ]);
  expect(await warningsOf('GET', '/accounts?tenant_id=shop')).toBeUndefined();
  for (const path of [
    '/account/main?tenant_id=shop',
    '/tenant/shop',
    '/tenant?tenant_id=shop',
    '/instance',
  ]) {
    const odd = path.includes('?') ? `${path}&colour=red` : `${path}?colour=red`;
    expect(await warningsOf('GET', odd)).toEqual(['unknown parameter colour']);
    expect(await warningsOf('GET', path)).toBeUndefined();
  }
});

test('a call that is repeated under its idempotency key is warned again', async () => {
  const headers = { 'Idempotency-Key': 'warned' };
  const messages = [message({ subjet: 'x' })];
  const first = await stage.add(messages, { headers });
  const second = await stage.add(messages, { headers });
  expect(second.body).toEqual(first.body);
  expect(second.body).toMatchObject({ warnings: ['unknown field subjet; did you mean subject?'] });
});

test('PUT /instance with a token says what to do while GMP_API_TOKEN is set', async () => {
  const { status, body } = await stage.service.api<Warned>('PUT', '/instance', {
    api_token: 'another-token',
  });
  expect(status).toBe(409);
  expect(body.detail).toMatch(/GMP_API_TOKEN.*(unset|restart)/);
});
