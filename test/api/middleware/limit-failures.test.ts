// An address that sends wrong tokens is blocked for a while; callers with good tokens are still served.
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

const MOST = 5;

let stage: ApiStage;
let shopKey: string;
beforeAll(async () => {
  stage = await setApiStage({ GMP_MAX_FAILED_TOKENS: String(MOST), GMP_TRUST_PROXY: '1' });
  shopKey = await stage.tenant('shop');
});

let last = 0;
/** An address that no other test calls from. */
function freshAddress(): string {
  last += 1;
  return `198.51.100.${last}`;
}

const call = (address: string, token: string | null, path = '/status') =>
  stage.service.api('GET', path, undefined, { token, headers: { 'x-forwarded-for': address } });

async function guess(address: string, times: number): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < times; i += 1) statuses.push((await call(address, `guess-${i}`)).status);
  return statuses;
}

test('After so many wrong tokens in a minute an address is answered 429 with Retry-After', async () => {
  const address = freshAddress();
  expect(await guess(address, MOST)).toEqual(Array(MOST).fill(401));
  const { status, headers, body } = await call(address, 'another-guess');
  expect(status).toBe(429);
  expect(body).toEqual({
    detail: 'Too many calls with a wrong token came from this address; try again later',
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect(headers.get('x-request-id')).not.toBeNull();
});

test('A valid token from a blocked address is refused as well, so that guessing does not reveal it', async () => {
  const address = freshAddress();
  await guess(address, MOST);
  for (const token of [shopKey, ADMIN_TOKEN]) expect((await call(address, token)).status).toBe(429);
});

test('Other addresses are not affected', async () => {
  await guess(freshAddress(), MOST + 1);
  expect((await call(freshAddress(), shopKey)).status).toBe(200);
  expect(await guess(freshAddress(), 1)).toEqual([401]);
});

test('A token that was valid from that address before is still served', async () => {
  const address = freshAddress();
  expect((await call(address, shopKey)).status).toBe(200);
  await guess(address, MOST);
  expect((await call(address, 'another-guess')).status).toBe(429);
  expect((await call(address, shopKey)).status).toBe(200);
});

test('Such a token is refused once it is revoked', async () => {
  const key = await stage.tenant('gone');
  const address = freshAddress();
  expect((await call(address, key)).status).toBe(200);
  await guess(address, MOST);
  expect((await stage.service.api('DELETE', '/tenant/gone/api-key')).status).toBe(200);
  expect((await call(address, key)).status).toBe(401);
  expect((await call(address, key)).status).toBe(429);
});

describe('what does not count', () => {
  test('calls without a token, calls with a valid one, and other refusals', async () => {
    const address = freshAddress();
    for (let i = 0; i < MOST * 2; i += 1) {
      expect((await call(address, null)).status).toBe(401);
      expect((await call(address, shopKey)).status).toBe(200);
      expect((await call(address, shopKey, '/tenants')).status).toBe(403);
      expect((await call(address, shopKey, '/messages?tenant_id=other')).status).toBe(401);
      expect((await call(address, shopKey, '/messages/none')).status).toBe(404);
    }
    expect((await call(address, ADMIN_TOKEN)).status).toBe(200);
  });

  test('entries of X-Forwarded-For left of the one that the proxy added', async () => {
    const address = freshAddress();
    for (let i = 0; i < MOST; i += 1)
      expect((await call(`203.0.113.${i}, ${address}`, 'guess')).status).toBe(401);
    expect((await call(`203.0.113.99, ${address}`, 'guess')).status).toBe(429);
  });
});

test('Probes without a token are answered while the address is blocked', async () => {
  const address = freshAddress();
  await guess(address, MOST);
  for (const path of ['/health', '/ready', '/openapi.json'])
    expect((await call(address, null, path)).status).toBe(200);
});

test('Without a proxy that is trusted, X-Forwarded-For changes nothing; guesses at the metrics count as well', async () => {
  const direct = await setApiStage({ GMP_MAX_FAILED_TOKENS: '2', GMP_METRICS_TOKEN: 'scrapers-only' });
  const statuses = [];
  for (let i = 0; i < 3; i += 1) {
    const headers = { 'x-forwarded-for': freshAddress() };
    statuses.push(
      (await direct.service.api('GET', '/status', undefined, { token: `guess-${i}`, headers })).status,
    );
  }
  expect(statuses).toEqual([401, 401, 429]);
  const scraped = await direct.service.api('GET', '/metrics', undefined, { token: 'guess' });
  expect(scraped.status).toBe(429);
});
