// Bodies made to break or stall the service are answered below 500 and soon, and the next call is served.
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

/** Generous for a machine under load; what these bodies took before was 3 s to minutes. */
const SOON_MS = 30_000;

async function statusOf(path: string, body: unknown): Promise<number> {
  const { status } = await stage.service.api('POST', path, body, { timeoutMs: SOON_MS });
  expect((await stage.service.api('GET', '/health', undefined, { timeoutMs: SOON_MS })).status).toBe(200);
  return status;
}

/** One message as JSON, with fields that JSON.stringify could not write. */
const json = (fields: string) => `{"messages":[${JSON.stringify(message()).slice(0, -1)},${fields}}]}`;
const nested = (levels: number, open = '[', close = ']') => open.repeat(levels) + close.repeat(levels);

describe('nesting', () => {
  test.each([
    ['an unknown field of a message', '/commands/add-messages', json(`"x":${nested(100_000)}`)],
    [
      'objects in a message',
      '/commands/add-messages',
      json(`"x":${nested(100_000, '{"a":', '}').replace('}', '1}')}`),
    ],
    ['the whole body', '/commands/add-messages', nested(5_000_000)],
    ['a body that never closes', '/commands/add-messages', '['.repeat(5_000_000)],
    ['a tenant', '/tenant', `{"id":"deep","rate_limits":{"x":${nested(100_000)}}}`],
    ['an account', '/account', `{"id":"deep","x":${nested(100_000)}}`],
  ])('of 100,000 levels and more in %s is answered 422', async (_where, path, body) => {
    expect(await statusOf(path, body)).toBe(422);
  });

  test('of 90 levels is accepted and listed unchanged; brackets inside strings do not count', async () => {
    const given = message({
      batch_code: 'deep',
      x: JSON.parse(nested(90)),
      body: `${'['.repeat(500)}\\"${'{'.repeat(500)}\\`,
    });
    expect((await stage.add([given])).body.queued).toBe(1);
    const { body } = await stage.list({ tenant_id: 'shop', batch_code: 'deep' });
    expect(body.messages.find(({ id }) => id === given.id)?.message).toEqual(given);
  });
});

describe('numbers of things', () => {
  const list = (item: string, n: number) => `[${`${item},`.repeat(n - 1)}${item}]`;
  test.each([
    ['messages that are none', `{"messages":${list('1', 1_000_000)}}`, 400],
    ['empty messages', `{"messages":${list('{}', 900_000)}}`, 400],
    ['more empty messages', `{"messages":${list('{}', 5_000_000)}}`, 422],
    ['recipients', json(`"to":${list('"a@b.de"', 1_000_000)}`), 400],
    ['recipients that are none', json(`"to":${list('1', 1_000_000)}`), 400],
    ['bad recipients', json(`"cc":${list('"x"', 1_000_000)}`), 400],
    ['recipients in one string', json(`"bcc":"${'a@b.de,'.repeat(1_000_000)}"`), 400],
    ['headers', json(`"headers":{${Array.from({ length: 400_000 }, (_, i) => `"k${i}":[]`).join()}}`), 400],
    ['fields', json(Array.from({ length: 400_000 }, (_, i) => `"k${i}":1`).join()), 200],
    ['more fields', json(Array.from({ length: 2_000_000 }, (_, i) => `"k${i}":1`).join()), 422],
    ['the same field', json('"to":"a@b.de",'.repeat(400_000).slice(0, -1)), 200],
  ])('a million %s', async (_what, body, status) => {
    expect(await statusOf('/commands/add-messages', body)).toBe(status);
  });
});

describe('an address made to be hard to read', () => {
  test.each([
    '(',
    '"',
    '<',
    '[',
    '\\',
    '"a',
    'a ',
    'a.',
    '(a)',
    'a@[',
    'a@',
    'g:',
    ' ,',
    '\t',
    '=?utf-8?q?a?= ',
    '"\\',
    '((a)',
    '𝔞',
  ])('as %j over 400,000 characters costs only its own message', async (unit) => {
    const hard = unit.repeat(400_000 / unit.length);
    for (const to of [hard, `${hard} <a@b.de>`, `${hard.slice(0, 900)}@b.de`]) {
      expect(await statusOf('/commands/add-messages', { messages: [message({ to }), message()] })).toBe(200);
    }
  });
});

describe('keys with a meaning in JavaScript', () => {
  test('are ordinary fields', async () => {
    for (const name of [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'then',
      'toJSON',
    ]) {
      expect(await statusOf('/commands/add-messages', json(`"${name}":{"to":"x","queued":1}`))).toBe(200);
      expect(await statusOf('/commands/add-messages', json(`"headers":{"${name}":"x"}`))).toBe(200);
      expect(await statusOf('/commands/add-messages', `{"${name}":{"messages":[]},"messages":[]}`)).toBe(200);
      expect(await statusOf('/tenant', `{"id":"t-${name}","${name}":{"id":5}}`)).toBe(200);
    }
    expect(await statusOf('/commands/add-messages', '{"__proto__":{"messages":[]}}')).toBe(422);
    expect(
      await statusOf('/commands/add-messages', `{"messages":[{"__proto__":${JSON.stringify(message())}}]}`),
    ).toBe(400);
  });
});

describe('a character that a column cannot hold', () => {
  const unfit = ['\u0000', 'a\u0000b', '\ud800', 'a\udc00b', '\ud800\ud800'];
  test.each(['id', 'tenant_id', 'account_id', 'batch_code'])(
    'in %s rejects the message and no other',
    async (field) => {
      for (const value of unfit) {
        expect(await stage.reasonFor(message({ [field]: value }))).toBe(
          `${field}: contains a control character or half a surrogate pair`,
        );
      }
    },
  );

  test('in any field that is not known is stored with the message', async () => {
    for (const value of unfit) {
      const given = message({ batch_code: 'odd', [`x${value}`]: { [value]: [value] } });
      expect((await stage.add([given])).body.queued).toBe(1);
      const { body } = await stage.list({ tenant_id: 'shop', batch_code: 'odd' });
      expect(body.messages.find(({ id }) => id === given.id)?.message).toEqual(given);
    }
  });

  test('is never the reason for a 500 in a tenant or an account', async () => {
    const tenant = {
      name: 'n',
      client_base_url: 'http://x/',
      client_sync_path: '/s',
      client_attachment_path: '/a',
    };
    const account = { id: 'a', tenant_id: 'shop', host: 'h', user: 'u', password: 'p' };
    for (const value of unfit) {
      for (const [field, good] of Object.entries({ id: 't', ...tenant }))
        expect(await statusOf('/tenant', { id: 't', [field]: `${good}${value}` })).toBe(422);
      for (const [field, good] of Object.entries(account))
        expect(await statusOf('/account', { ...account, port: 25, [field]: `${good}${value}` })).toBe(422);
      for (const client_auth of [
        { method: 'bearer', token: value },
        { method: 'basic', user: value },
        { method: 'none', password: value },
      ])
        expect(await statusOf('/tenant', { id: 't', client_auth })).toBe(422);
      expect(await statusOf('/tenant', { id: 't', rate_limits: { [value]: value }, [value]: value })).toBe(
        200,
      );
    }
  });
});

test('A number out of bounds rejects only its message', async () => {
  for (const number of [
    '1e999',
    '-1e999',
    `1${'0'.repeat(1000)}`,
    '9007199254740993',
    '1e-400',
    '0.1',
    '-0',
  ]) {
    for (const field of ['priority', 'deferred_ts', 'id', 'to', 'headers', 'batch_code']) {
      expect(await statusOf('/commands/add-messages', json(`"${field}":${number}`))).toBeLessThan(500);
    }
  }
});

test('None of this was logged as a fault of the service', () => {
  expect(stage.service.output()).not.toContain('A request failed');
});
