// The logged payload of a call has no secret, no content of mails, and at most 64 Ki characters.
import { describe, expect, test } from 'vitest';
import { blankPayload, blankQuery } from '../../../src/api/middleware/blank-payload.js';

const most = 64 * 1024;
const kept = (body: unknown, query: Record<string, string> = {}) =>
  JSON.parse(blankPayload(query, body)) as Record<string, unknown>;

test.each([
  'password',
  'imap_password',
  'smtpPassword',
  'passwd',
  'pass',
  'token',
  'api_token',
  'api_key',
  'apiKey',
  'Authorization',
  'client_secret',
  'credentials',
  'private_key',
  'Set-Cookie',
  'X-API-Token',
])('%s is blanked at every depth, whatever it holds', (name) => {
  for (const value of ['hush', 7, true, ['hush'], { deep: 'hush' }]) {
    const given = { [name]: value, deep: [{ er: { [name]: value } }] };
    expect(kept(given)).toEqual({ [name]: '***', deep: [{ er: { [name]: '***' } }] });
  }
  expect(kept({ [name]: null })).toEqual({ [name]: null });
  expect(blankQuery({ [name]: 'hush', tenant_id: 'shop' })).toEqual({ [name]: '***', tenant_id: 'shop' });
});

test('the method and the user of credentials are shown', () => {
  const client_auth = { method: 'basic', user: 'app', password: 'hush', token: 'hush' };
  const shown = { method: 'basic', user: 'app', password: '***', token: '***' };
  expect(kept({ id: 'shop', client_auth })).toEqual({ id: 'shop', client_auth: shown });
  expect(kept({ client_auth: 'hush', auth: ['hush'] })).toEqual({ client_auth: '***', auth: '***' });
});

test('the envelope and the subject of a message are shown; bodies, attachments and logins are not', () => {
  const message = {
    id: 'm',
    from: 'a@example.com',
    to: ['b@example.org'],
    subject: 'Hello',
    body: 'hush',
    text: 'hush',
    html: '<p>hush</p>',
    headers: { 'X-Own': 'fine', Authorization: 'hush' },
  };
  const attachments = [
    { filename: 'a.txt', storage_path: 'base64:aHVzaA==' },
    { filename: 'b.txt', storage_path: 'aHVzaA==', fetch_mode: 'base64' },
    { filename: 'c.txt', storage_path: 'https://u:hush@files.example/c?sig=hush', auth: { token: 'hush' } },
    { filename: 'd.txt', storage_path: 'docs/d.txt' },
    { filename: 'e.txt', storage_path: 'x'.repeat(3000), content: 'hush', data: 'hush' },
  ];
  const [first] = (kept({ messages: [{ ...message, attachments }] }).messages ?? []) as unknown[];
  expect(first).toEqual({
    ...message,
    body: '***',
    text: '***',
    html: '***',
    headers: { 'X-Own': 'fine', Authorization: '***' },
    attachments: [
      { filename: 'a.txt', storage_path: '***' },
      { filename: 'b.txt', storage_path: '***', fetch_mode: 'base64' },
      { filename: 'c.txt', storage_path: 'https://***@files.example/c?***', auth: { token: '***' } },
      { filename: 'd.txt', storage_path: 'docs/d.txt' },
      { filename: 'e.txt', storage_path: '***', content: '***', data: '***' },
    ],
  });
});

test('query and body become one object; a body that is no object is left out', () => {
  expect(kept({ ids: ['a'] }, { tenant_id: 'shop' })).toEqual({ tenant_id: 'shop', ids: ['a'] });
  for (const body of [undefined, null, 'hush', 7, ['hush']]) expect(kept(body)).toEqual({});
});

describe('a payload that is too long', () => {
  test('of add-messages shows the number of messages and their ids', () => {
    const messages = Array.from({ length: 1000 }, (_, i) => ({
      id: `m${i}`,
      subject: 'x'.repeat(500),
      body: 'hush',
    }));
    const json = blankPayload({}, { messages, default_priority: 1 });
    expect(json.length).toBeLessThanOrEqual(most);
    expect(JSON.parse(json)).toEqual({
      messages: { count: 1000, ids: messages.map(({ id }) => id) },
      default_priority: 1,
      truncated: true,
    });
  });

  test.each([
    ['long ids', { ids: Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(255, '0')) }],
    ['ids that have to be escaped', { ids: Array.from({ length: 1000 }, () => '\u0001'.repeat(255)) }],
    [
      'texts that have to be escaped',
      Object.fromEntries([...Array(40).keys()].map((i) => [`f${i}`, '\u0001'.repeat(1500)])),
    ],
    ['long names', { ['x'.repeat(1_000_000)]: 1 }],
    ['many fields', Object.fromEntries([...Array(200_000).keys()].map((i) => [`field${i}`, i]))],
    ['deep lists', { a: [[[[Array.from({ length: 100_000 }, () => ({ password: 'hush' }))]]]] }],
    [
      'long secrets',
      { id: 'shop', password: 'hush'.repeat(100_000), a: 'x'.repeat(10_000), b: Array(40_000).fill(1) },
    ],
  ])('%s', (_what, body) => {
    const json = blankPayload({ tenant_id: 'shop' }, body);
    expect(json.length).toBeLessThanOrEqual(most);
    expect(JSON.parse(json)).toMatchObject({ truncated: true });
    expect(json).not.toContain('hush');
  });
});

test('field names with a meaning in JavaScript are ordinary names', () => {
  const json = blankPayload(
    {},
    JSON.parse('{"__proto__": {"password": "hush"}, "constructor": {"token": "hush"}}'),
  );
  expect(json).toBe('{"__proto__":{"password":"***"},"constructor":{"token":"***"}}');
});
