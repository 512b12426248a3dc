// Idempotency-Key on add-messages: a repeated call gets the first answer byte for byte and does nothing. A refusal of the
// whole call leaves the key free.
import { beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let shopKey: string;
let otherKey: string;
beforeAll(async () => {
  stage = await setApiStage({ GMP_MAX_BODY_MB: '1' });
  shopKey = await stage.tenant('shop');
  otherKey = await stage.tenant('other');
  for (const tenant of ['shop', 'other']) await stage.account(tenant, 'main');
});

interface Answer {
  status: number;
  text: string;
  replayed: string | null;
}

async function post(key: string, body: unknown, token = ADMIN_TOKEN): Promise<Answer> {
  const answer = await fetch(`${stage.service.url}/commands/add-messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-token': token, 'idempotency-key': key },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: answer.status,
    text: await answer.text(),
    replayed: answer.headers.get('idempotency-replayed'),
  };
}

let keys = 0;
const newKey = () => {
  keys += 1;
  return `key-${keys}`;
};
const historyOf = async (id: string) => {
  const { body } = await stage.list({ tenant_id: 'shop', include_history: 'true' });
  return body.messages.find((one) => one.id === id)?.history as unknown[] | undefined;
};

test.each([
  ['all queued', 200, () => [message(), message()]],
  ['some rejected', 200, () => [message(), message({ to: 'nobody' }), {}, message({ account_id: 'none' })]],
  ['all rejected', 400, () => [message({ to: 'nobody' }), message({ account_id: 'none' })]],
  ['none at all', 200, () => []],
])('%s: the same answer comes again, and nothing is done again', async (_what, status, make) => {
  const [key, body] = [newKey(), JSON.stringify({ messages: make() })];
  const first = await post(key, body);
  expect(first).toMatchObject({ status, replayed: null });
  for (let again = 0; again < 2; again++)
    expect(await post(key, body)).toEqual({ ...first, replayed: 'true' });
});

test('a repeated call makes no second event, also where another call has changed its message since', async () => {
  const given = message();
  const [key, body] = [newKey(), { messages: [given] }];
  const first = await post(key, body);
  await post(key, body);
  expect(await historyOf(given.id)).toHaveLength(1);
  await stage.add([{ ...given, subject: 'Another' }]);
  expect((await post(key, body)).text).toBe(first.text);
  const { body: listed } = await stage.list({ tenant_id: 'shop' });
  expect(listed.messages.find(({ id }) => id === given.id)?.message).toMatchObject({ subject: 'Another' });
  await stage.service.api('POST', '/commands/delete-messages?tenant_id=shop', { ids: [given.id] });
  expect(await post(key, body)).toEqual({ ...first, replayed: 'true' });
  expect(await historyOf(given.id)).toBeUndefined();
});

test('the same key with another body is a 409, and nothing of it is queued', async () => {
  const key = newKey();
  const [given, other] = [message(), message()];
  await post(key, { messages: [given] });
  expect(await post(key, { messages: [other] })).toEqual({
    status: 409,
    text: '{"detail":"This Idempotency-Key was used with another body"}',
    replayed: null,
  });
  expect(await historyOf(other.id)).toBeUndefined();
});

test('a key belongs to its caller: two tenants and the admin may use the same', async () => {
  const key = newKey();
  for (const [token, tenant_id] of [
    [shopKey, 'shop'],
    [otherKey, 'other'],
    [ADMIN_TOKEN, 'shop'],
  ] as const) {
    const answer = await post(key, { messages: [message({ tenant_id })] }, token);
    expect(answer).toMatchObject({ status: 200, replayed: null });
  }
});

test('a refusal of the whole call leaves the key free', async () => {
  const key = newKey();
  const tooMany = { messages: Array.from({ length: 1001 }, () => message()) };
  const refused = [
    [422, shopKey, { messages: 'none' }],
    [422, shopKey, 'not JSON'],
    [401, shopKey, { messages: [message({ tenant_id: 'other' })] }],
    [401, 'wrong', { messages: [message()] }],
    [413, shopKey, { messages: [message({ body: 'x'.repeat(1024 * 1024) })] }],
    [400, shopKey, tooMany],
  ] as const;
  for (const [status, token, body] of refused) expect((await post(key, body, token)).status).toBe(status);
  const answer = await post(key, { messages: [message()] }, shopKey);
  expect(answer).toMatchObject({ status: 200, text: '{"ok":true,"queued":1,"rejected":[]}', replayed: null });
});

test.each(['', ' ', 'a b', 'x'.repeat(256), 'caf\u00e9', 'a, b'])('"%s" is no key: 400', async (key) => {
  const { status, text } = await post(key, { messages: [message()] });
  expect([status, text]).toEqual([
    400,
    '{"detail":"Idempotency-Key is not 1 to 255 visible ASCII characters"}',
  ]);
});

test('of twenty concurrent calls with one key one is done, and all get its answer; longest key', async () => {
  const [key, given] = ['!'.repeat(255), message()];
  const body = JSON.stringify({ messages: [given, message({ to: 'nobody' })] });
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(key, body)));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers.filter(({ replayed }) => replayed === null)).toHaveLength(1);
  expect(answers[0]?.status).toBe(200);
  expect(await historyOf(given.id)).toHaveLength(1);
});

test('of concurrent calls with one key and different bodies one is done, and the others are answered 409', async () => {
  const key = newKey();
  const given = Array.from({ length: 10 }, () => message());
  const answers = await Promise.all(given.map((one) => post(key, { messages: [one] })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
  const stored = await Promise.all(given.map(({ id }) => historyOf(id)));
  expect(stored.filter((history) => history !== undefined)).toHaveLength(1);
});
