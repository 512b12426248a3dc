// The log of a call has the named fields alone, of URLs no more than the host, and at most 64 Ki characters.
import { describe, expect, test } from 'vitest';
import { type Audit, keepFields } from '../../../src/api/middleware/keep-fields.js';

const most = 64 * 1024;
const kept = (audit: Audit, body: unknown, query: Record<string, string> = {}) =>
  JSON.parse(keepFields(audit, query, body)) as Record<string, unknown>;

test('without names nothing is kept', () => {
  expect(kept({}, { id: 'a', deep: { id: 'a' } }, { tenant_id: 'shop' })).toEqual({});
});

test('query and body become one object; a body that is no object is left out', () => {
  const audit = { keeps: ['tenant_id', 'ids'] };
  expect(kept(audit, { ids: ['a'] }, { tenant_id: 'shop' })).toEqual({ tenant_id: 'shop', ids: ['a'] });
  for (const body of [undefined, null, 'hush', 7, ['hush']]) expect(kept(audit, body)).toEqual({});
});

test('a field of a group is kept alone, in a list too; what a field holds in place of a value is dropped', () => {
  const audit = { keeps: ['auth.method', 'messages.id', 'id'], blanks: ['auth.token'] };
  const auth = { method: 'bearer', token: 'hush', other: 'hush' };
  const messages = [{ id: 'm1', subject: 'hush' }, 'hush', [{ id: 'hush' }], { id: { deep: 'hush' } }];
  expect(kept(audit, { auth, messages, id: { deep: 'hush' } })).toEqual({
    auth: { method: 'bearer', token: '***' },
    messages: [{ id: 'm1' }, {}],
  });
  expect(kept(audit, { auth: 'hush', id: null })).toEqual({ id: null });
});

test.each([
  ['https://user:hush@files.example:8443/hush?sig=hush#hush', 'https://files.example:8443'],
  ['s3://bucket/hush', 's3://bucket'],
  ['see http://x y/hush', '***'],
])('of the URL %s its scheme and host are kept', (url, shown) => {
  expect(kept({ keeps: ['url'] }, { url })).toEqual({ url: shown });
});

test('field names with a meaning in JavaScript are not taken for what an object inherits', () => {
  expect(kept({ keeps: ['constructor', 'toString.name'] }, {})).toEqual({});
});

describe('a payload that is too long', () => {
  test('shows the number of messages and their ids', () => {
    const messages = Array.from({ length: 1000 }, (_, i) => ({ id: `m${i}`, batch_code: 'x'.repeat(200) }));
    const audit = { keeps: ['messages.id', 'messages.batch_code', 'default_priority'] };
    const json = keepFields(audit, {}, { messages, default_priority: 1 });
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
    ['many items', { ids: Array(1_000_000).fill(1) }],
  ])('of %s is cut', (_what, body) => {
    const json = keepFields({ keeps: ['ids', 'tenant_id'] }, { tenant_id: 'shop' }, body);
    expect(json.length).toBeLessThanOrEqual(most);
    expect(JSON.parse(json)).toMatchObject({ truncated: true });
  });
});
