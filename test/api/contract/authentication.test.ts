// Who may call what (contract section 1): no token, a wrong one, an expired one, a tenant's, the admin's.
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { hashToken, newToken } from '../../../src/secrets.js';
import { type Models, openDatabase } from '../../../src/store/db/open.js';
import type { Prisma } from '../../../src/store/generated/sqlite/client.js';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let shopKey: string;
let otherKey: string;

beforeAll(async () => {
  stage = await setApiStage();
  shopKey = await stage.tenant('shop');
  otherKey = await stage.tenant('other');
  await stage.account('shop', 'main');
  await stage.account('other', 'main');
});

const missing = { detail: expect.stringContaining('X-API-Token') };
const notForThisTenant = { detail: 'Token not authorized for this tenant' };

async function write(build: (models: Models) => [Prisma.PrismaPromise<unknown>]): Promise<void> {
  const db = await openDatabase(stage.database.path, systemClock);
  await db.writeModels(build);
  await db.close();
}

/** Stores a token of the tenant as the service does, but with a time at which it expires. */
async function tokenThatExpires(tenantId: string, expiresAt: number): Promise<string> {
  const token = newToken();
  const times = { expiresAt: BigInt(expiresAt), createdAt: BigInt(Date.now()) };
  await write((client) => [
    client.tenantToken.create({
      data: { hash: hashToken(token), tenantId, name: `until ${expiresAt}`, ...times },
    }),
  ]);
  return token;
}

test('The token may come as Authorization: Bearer, in any case of the word', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    for (const token of [ADMIN_TOKEN, shopKey]) {
      const headers = { authorization: `${scheme} ${token}` };
      expect((await stage.service.api('GET', '/status', undefined, { token: null, headers })).status).toBe(
        200,
      );
    }
  }
});

test('Another scheme, or a token without a scheme, counts as no token', async () => {
  const basic = `Basic ${Buffer.from(`x:${ADMIN_TOKEN}`).toString('base64')}`;
  for (const authorization of ['Bearer wrong', 'Bearer', basic, ADMIN_TOKEN]) {
    const headers = { authorization };
    const { status, body } = await stage.service.api('GET', '/status', undefined, { token: null, headers });
    expect({ authorization, status, body }).toEqual({ authorization, status: 401, body: missing });
  }
});

test('X-API-Token decides where both headers are sent', async () => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  expect((await stage.service.api('GET', '/status', undefined, { token: 'wrong', headers })).status).toBe(
    401,
  );
});

test('A token that has expired is answered like an unknown one; one that has not is valid', async () => {
  const expired = await tokenThatExpires('shop', Date.now() - 1000);
  const valid = await tokenThatExpires('shop', Date.now() + 3_600_000);
  const answer = await stage.list({}, { token: expired });
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual(missing);
  expect((await stage.list({}, { token: valid })).status).toBe(200);
});

test('A token that has just been used is refused as soon as it has expired', async () => {
  const token = await tokenThatExpires('shop', Date.now() + 3_600_000);
  expect((await stage.list({}, { token })).status).toBe(200);
  const data = { expiresAt: BigInt(Date.now()) };
  await write((client) => [client.tenantToken.update({ where: { hash: hashToken(token) }, data })]);
  expect((await stage.list({}, { token })).status).toBe(401);
});

describe('a tenant token', () => {
  test('reaches its own tenant, named or left out, in query, body and each message', async () => {
    for (const query of [{}, { tenant_id: 'shop' }, { tenant_id: '' }])
      expect((await stage.list(query, { token: shopKey })).status).toBe(200);
    for (const tenant of [{}, { tenant_id: 'shop' }, { tenant_id: null }, { tenant_id: '' }]) {
      const account = { id: 'own', host: 'smtp.example.com', port: 25, ...tenant };
      expect((await stage.service.api('POST', '/account', account, { token: shopKey })).status).toBe(200);
      const { status, body } = await stage.add([{ ...message({ account_id: 'main' }), ...tenant }], {
        token: shopKey,
      });
      expect(status).toBe(200);
      expect(body).toEqual({ ok: true, queued: 1, rejected: [] });
    }
    const { tenant_id, ...withoutTenant } = message({ account_id: 'main' });
    expect((await stage.add([withoutTenant], { token: shopKey })).body.queued).toBe(1);
    expect((await stage.list({}, { token: otherKey })).body.messages).toEqual([]);
  });

  test('naming another tenant is answered 401, whether that one exists or not', async () => {
    for (const tenant_id of ['other', 'nobody', 'SHOP', 'shop ', '*', '%']) {
      const query = await stage.list({ tenant_id }, { token: shopKey });
      expect(query.status).toBe(401);
      expect(query.body).toEqual(notForThisTenant);
      const account = { id: 'foreign', tenant_id, host: 'localhost', port: 25 };
      const body = await stage.service.api('POST', '/account', account, { token: shopKey });
      expect(body.status).toBe(401);
      expect(body.body).toEqual(notForThisTenant);
    }
  });

  test('naming another tenant in a single message is answered 401, and nothing of the call is queued', async () => {
    const own = message({ account_id: 'main' });
    const foreign = message({ tenant_id: 'other', account_id: 'main' });
    const answer = await stage.add([own, foreign], { token: shopKey });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(notForThisTenant);
    const stored = [
      ...(await stage.list({ tenant_id: 'shop' })).body.messages,
      ...(await stage.list({ tenant_id: 'other' })).body.messages,
    ].map(({ id }) => id);
    expect(stored).not.toContain(own.id);
    expect(stored).not.toContain(foreign.id);
  });

  test('sees in /status only its own waiting messages', async () => {
    await stage.add([message({ account_id: 'main' })]);
    const pending = async (token: string) =>
      (await stage.service.api<{ pending_messages: number }>('GET', '/status', undefined, { token })).body
        .pending_messages;
    expect(await pending(otherKey)).toBe(0);
    expect(await pending(shopKey)).toBeGreaterThan(0);
    expect(await pending(ADMIN_TOKEN)).toBe(await pending(shopKey));
  });
});

describe('the admin token', () => {
  test('reaches every tenant', async () => {
    for (const tenant_id of ['shop', 'other']) {
      expect((await stage.list({ tenant_id })).status).toBe(200);
      expect((await stage.add([message({ tenant_id, account_id: 'main' })])).body.queued).toBe(1);
    }
  });

  test('without tenant_id is answered that the field is missing', async () => {
    const query = await stage.list({});
    expect(query.status).toBe(422);
    expect(query.body).toMatchObject({ detail: [{ loc: ['query', 'tenant_id'], type: 'missing' }] });
    const body = await stage.service.api('POST', '/account', { id: 'main', host: 'localhost', port: 25 });
    expect(body.status).toBe(422);
    expect(body.body).toMatchObject({ detail: [{ loc: ['body', 'tenant_id'], type: 'missing' }] });
    const empty = await stage.list({ tenant_id: '' });
    expect(empty.status).toBe(400);
    expect(empty.body).toEqual({ detail: 'tenant_id is required' });
    for (const tenant_id of [undefined, null, '']) {
      const { status, body: added } = await stage.add([message({ tenant_id })]);
      expect(status).toBe(400);
      expect(added.detail?.rejected[0]?.reason).toBe('missing tenant_id');
    }
  });
});
