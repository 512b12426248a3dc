// Several tokens for one tenant over HTTP: created by name, listed without the token, replaced and revoked one by one.
import { beforeAll, expect, test } from 'vitest';
import { hashToken } from '../../../src/secrets.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
});

type Key = Record<string, unknown> & { name: string };

const give = async (tenant: string, body?: object) =>
  (await stage.service.api<{ api_key: string }>('POST', `/tenant/${tenant}/api-key`, body)).body.api_key;
const end = (tenant: string, name?: string) =>
  stage.service.api('DELETE', `/tenant/${tenant}/api-key${name === undefined ? '' : `?name=${name}`}`);
const keys = async (tenant: string) =>
  (await stage.service.api<{ api_keys: Key[] }>('GET', `/tenant/${tenant}/api-keys`)).body.api_keys;
const statusWith = async (tenant: string, token: string) =>
  (await stage.service.api('GET', `/tenant/${tenant}`, undefined, { token })).status;

test('named tokens are valid side by side; replacing or revoking one leaves the others valid', async () => {
  const first = await stage.tenant('named');
  const [web, batch] = [await give('named', { name: 'web' }), await give('named', { name: 'batch' })];
  const all = () => Promise.all([first, web, batch].map((token) => statusWith('named', token)));
  expect(await all()).toEqual([200, 200, 200]);
  expect((await keys('named')).map(({ name }) => name)).toEqual(['batch', 'default', 'web']);

  const newWeb = await give('named', { name: 'web' });
  expect(await all()).toEqual([200, 401, 200]);
  expect(await statusWith('named', newWeb)).toBe(200);
  expect(await end('named', 'batch')).toMatchObject({ status: 200, body: { ok: true } });
  expect(await all()).toEqual([200, 401, 401]);
});

test('a token that has expired before it is made is refused, and nothing changes', async () => {
  const first = await stage.tenant('expired');
  const given = await stage.service.api('POST', '/tenant/expired/api-key', { expires_at: 1 });
  expect(given).toMatchObject({ status: 400, body: { detail: expect.stringContaining('expires_at') } });
  expect(await statusWith('expired', first)).toBe(200);
});

test('without a name a new token replaces all others, and revoking ends all', async () => {
  const first = await stage.tenant('plain');
  const web = await give('plain', { name: 'web' });
  const fresh = await give('plain');
  expect(await Promise.all([first, web, fresh].map((token) => statusWith('plain', token)))).toEqual([
    401, 401, 200,
  ]);
  await give('plain', { name: 'web' });
  expect(await end('plain')).toMatchObject({ status: 200 });
  expect(await keys('plain')).toEqual([]);
});

test('a list of tokens shows names and times, never a token or its hash', async () => {
  const token = await stage.tenant('listed');
  const expires_at = 4_000_000_000;
  const web = await give('listed', { name: 'web', expires_at });
  expect(await statusWith('listed', web)).toBe(200);
  const listed = await waitFor('the use to be noted', async () => {
    const found = await keys('listed');
    return found[1]?.last_used_ts === undefined ? false : found;
  });
  const created_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(listed).toEqual([
    { name: 'default', created_at },
    { name: 'web', created_at, expires_at, last_used_ts: expect.any(Number) },
  ]);
  for (const secret of [token, web, hashToken(token), hashToken(web)]) {
    expect(JSON.stringify(listed)).not.toContain(secret);
  }
});

test('an unknown tenant or name is a 404, an impossible name a 422', async () => {
  await stage.tenant('known');
  expect((await stage.service.api('GET', '/tenant/nobody/api-keys')).status).toBe(404);
  expect((await end('nobody', 'web')).status).toBe(404);
  expect(await end('known', 'web')).toMatchObject({
    status: 404,
    body: { detail: 'The tenant has no token of this name' },
  });
  for (const name of ['', 'x'.repeat(65), 'a\nb', 7]) {
    const { status, body } = await stage.service.api('POST', '/tenant/known/api-key', { name });
    expect({ name, status, body }).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'name'] }] },
    });
  }
  expect((await end('known', '')).status).toBe(422);
});

test('an application that moves here keeps its token: its hash is enough, and no other tenant takes it', async () => {
  await stage.tenant('moved');
  await stage.tenant('thief');
  const token = 'a-token-from-elsewhere';
  const body = { name: 'moved', api_key_hash: hashToken(token).toUpperCase() };
  const give = (tenant: string) => stage.service.api('POST', `/tenant/${tenant}/api-key`, body);
  expect(await give('moved')).toMatchObject({ status: 200, body: { ok: true } });
  expect((await give('moved')).body).not.toHaveProperty('api_key');
  expect(await statusWith('moved', token)).toBe(200);
  expect((await give('thief')).status).toBe(409);
  expect(await statusWith('moved', token)).toBe(200);
  expect(await stage.service.api('POST', '/tenant/moved/api-key', { api_key_hash: 'abc' })).toMatchObject({
    status: 422,
  });
});
