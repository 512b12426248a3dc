// The verdicts on the messages of a call (contract section 4): each stands alone, and every refusal says why.
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let shopKey: string;
beforeAll(async () => {
  stage = await setApiStage();
  shopKey = await stage.tenant('shop');
  await stage.account('shop', 'main');
  await stage.tenant('other');
  await stage.tenant('bulk');
  await stage.account('bulk', 'main');
  await stage.account('other', 'theirs');
});

async function stored(id: string) {
  const { body } = await stage.list({ tenant_id: 'shop' });
  return body.messages.find((one) => one.id === id);
}

describe('a call', () => {
  test('with an empty list is answered 200 with 0 queued', async () => {
    const { status, body } = await stage.add([]);
    expect({ status, body }).toEqual({ status: 200, body: { ok: true, queued: 0, rejected: [] } });
  });

  test('with good and bad messages queues the good ones and names the bad ones', async () => {
    const good = [message(), message()];
    const [first, second] = good as [object, object];
    const { status, body } = await stage.add([
      first,
      message({ id: 'bad-to', to: 'nobody' }),
      message({ id: 'bad-account', account_id: 'nothing' }),
      second,
      {},
    ]);
    expect(status).toBe(200);
    expect(body.queued).toBe(2);
    expect(body.rejected).toEqual([
      { id: 'bad-to', reason: 'to: is not an e-mail address' },
      { id: null, reason: expect.stringContaining('missing id') },
      { id: 'bad-account', reason: 'account not found for tenant' },
    ]);
    for (const { id } of good) expect(await stored(id)).toMatchObject({ status: 'deferred' });
    expect(await stored('bad-to')).toMatchObject({ status: 'error', error: 'to: is not an e-mail address' });
    expect(await stored('bad-account')).toMatchObject({ status: 'error' });
  });

  test('with bad messages only is answered 400 with each of them', async () => {
    const { status, body } = await stage.add([
      message({ id: 'a', to: [] }),
      message({ id: 'b', subject: '' }),
    ]);
    expect(status).toBe(400);
    expect(body.detail?.rejected).toEqual([
      { id: 'a', reason: 'missing to' },
      { id: 'b', reason: 'missing subject' },
    ]);
    expect(body.detail?.error).toEqual(expect.any(String));
    expect(Object.keys(body)).toEqual(['detail']);
  });

  test('with 1,000 messages queues them all; with 1,001 it is answered 400 and none is queued', async () => {
    const thousand = Array.from({ length: 1000 }, (_, i) =>
      message({ id: `thousand-${i}`, tenant_id: 'bulk' }),
    );
    const { status, body } = await stage.add(thousand);
    expect({ status, body }).toEqual({ status: 200, body: { ok: true, queued: 1000, rejected: [] } });
    const more = Array.from({ length: 1001 }, (_, i) => message({ id: `more-${i}`, batch_code: 'more' }));
    const refused = await stage.add(more);
    expect(refused.status).toBe(400);
    expect(refused.body.detail?.error).toBe('Cannot enqueue more than 1000 messages at once');
    expect((await stage.list({ tenant_id: 'shop', batch_code: 'more' })).body.messages).toEqual([]);
  });

  test('names every field of a message that is at fault', async () => {
    const reason = await stage.reasonFor({ id: 'x', to: 'nobody', subject: 'a\nb', priority: 'soon' });
    for (const field of ['missing from', 'to: ', 'subject: ', 'priority: ']) expect(reason).toContain(field);
  });
});

describe('required fields', () => {
  test.each(['id', 'tenant_id', 'from', 'to', 'subject'])(
    '%s: without it the reason is "missing %s"',
    async (field) => {
      for (const nothing of [undefined, null, '']) {
        const given = message({ [field]: nothing });
        expect(await stage.reasonFor(given)).toBe(`missing ${field}`);
      }
    },
  );

  test('an account: unknown, or of another tenant, it is "account not found for tenant"; an unknown tenant is named', async () => {
    const reason = 'account not found for tenant';
    expect(await stage.reasonFor(message({ account_id: 'nothing' }))).toBe(reason);
    expect(await stage.reasonFor(message({ account_id: 'theirs' }))).toBe(reason);
    expect(await stage.reasonFor(message({ account_id: 'MAIN' }))).toBe(reason);
    for (const tenant_id of ['nobody', 'SHOP', ' shop', 'x'.repeat(255), '%', "'"]) {
      const named =
        /^\w+$/.test(tenant_id) && tenant_id.length < 65 ? `tenant ${tenant_id}` : 'the tenant of tenant_id';
      const unknown = `${named} does not exist`;
      expect(await stage.reasonFor(message({ tenant_id, account_id: 'main' }))).toBe(unknown);
      expect(await stage.reasonFor(message({ tenant_id }))).toBe(unknown);
    }
  });
});

describe('priority', () => {
  test.each([
    [0, 0],
    [3, 3],
    ['immediate', 0],
    ['high', 1],
    ['medium', 2],
    ['low', 3],
    [-7, 0],
    [99, 3],
    [null, 2],
    ['HIGH', 1],
    [undefined, 2],
  ])('%s is stored as %s', async (priority, expected) => {
    const given = message({ priority });
    expect((await stage.add([given])).status).toBe(200);
    expect(await stored(given.id)).toMatchObject({ priority: expected });
  });

  test.each(['urgent', 'HIGHEST', 1.5, true, [], {}])('%j is rejected by name', async (priority) => {
    expect(await stage.reasonFor(message({ priority }))).toMatch(/priority/);
  });

  test.each([
    ['low', 3],
    [0, 0],
    [99, 3],
    [null, 2],
  ])('default_priority %s goes to the messages that name none', async (defaultPriority, expected) => {
    const plain = message();
    const own = message({ priority: 1 });
    expect((await stage.add([plain, own], { defaultPriority })).status).toBe(200);
    expect(await stored(plain.id)).toMatchObject({ priority: expected });
    expect(await stored(own.id)).toMatchObject({ priority: 1 });
  });
});

test('A tenant token may leave tenant_id out; the message belongs to its tenant', async () => {
  const { tenant_id, ...given } = message();
  expect((await stage.add([given], { token: shopKey })).body.queued).toBe(1);
  expect(await stored(given.id)).toMatchObject({ tenant_id: 'shop', message: given });
});
