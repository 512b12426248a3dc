// The pages for people open to a valid login alone, and a login ends when it should.
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, bootService, type Service } from '../support/programs/service.js';
import { type ApiStage, setApiStage } from '../support/stage/api-stage.js';
import { query } from '../support/stage/tables.js';

const PASSWORD = 'correct horse battery';

let stage: ApiStage;
let shopKey: string;
beforeAll(async () => {
  stage = await setApiStage({
    GMP_MAX_FAILED_TOKENS: '5',
    GMP_TRUST_PROXY: '1',
    GMP_DASHBOARD_USER: 'olivia',
    GMP_DASHBOARD_PASSWORD: PASSWORD,
  });
  shopKey = await stage.tenant('shop');
});

interface Visit {
  method?: string;
  form?: Record<string, string>;
  cookie?: string;
  headers?: Record<string, string>;
}

/** As a browser does, without following redirects. */
function visit(
  path: string,
  { method, form, cookie, headers = {} }: Visit = {},
  service: Service = stage.service,
) {
  return fetch(service.url + path, {
    method: method ?? (form === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    body: form === undefined ? null : new URLSearchParams(form),
    headers: {
      accept: 'text/html',
      'sec-fetch-site': 'same-origin',
      ...(cookie !== undefined && { cookie }),
      ...headers,
    },
  });
}

const logIn = (form: Record<string, string>, headers = {}) => visit('/login', { form, headers });

/** The cookie of a new session, as the browser sends it back. */
async function sessionOf(form: Record<string, string>): Promise<string> {
  const response = await logIn(form);
  expect(response.status).toBe(303);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

const home = async (cookie: string, service = stage.service) =>
  (await visit('/', { cookie }, service)).status;

test('Without a session a page leads to the login and back, and a script is told', async () => {
  const page = await visit('/?a=b');
  expect(page.status).toBe(303);
  expect(page.headers.get('location')).toBe('/login?next=%2F%3Fa%3Db');
  const script = await visit('/dashboard/queues/api/queues', { headers: { accept: 'application/json' } });
  expect(script.status).toBe(401);
  for (const cookie of ['mail-proxy-session=x', 'mail-proxy-session=x.y', ''])
    expect(await home(cookie)).toBe(303);
});

test('The admin token, the token of a tenant, and user and password open the pages', async () => {
  for (const [form, name] of [
    [{ token: ADMIN_TOKEN }, 'Admin'],
    [{ token: shopKey }, 'Tenant shop'],
    [{ user: 'olivia', password: PASSWORD }, 'Admin'],
  ] as const) {
    const page = await visit('/', { cookie: await sessionOf(form) });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain(name);
  }
});

test('Anything else is refused, and after so many tries the address is', async () => {
  const headers = { 'x-forwarded-for': '198.51.100.7' };
  const wrong: Record<string, string>[] = [
    { token: 'wrong' },
    { token: '' },
    { user: 'olivia', password: 'wrong' },
    { user: '', password: PASSWORD },
    { user: 'olivia', password: '' },
    { user: 'other', password: PASSWORD },
    { token: `olivia\n${PASSWORD}x` },
  ];
  for (const form of wrong) expect((await logIn(form, headers)).status).toBe(401);
  const blocked = await logIn({ token: ADMIN_TOKEN }, headers);
  expect(blocked.status).toBe(429);
  expect(blocked.headers.get('set-cookie')).toBeNull();
  // What was tried at the login counts for calls as well.
  const call = await stage.service.api('GET', '/status', undefined, { token: 'another', headers });
  expect(call.status).toBe(429);
});

test('The cookie is kept from scripts and other sites, and from the wire behind TLS', async () => {
  const plain = (await logIn({ token: ADMIN_TOKEN })).headers.get('set-cookie');
  expect(plain).toMatch(/HttpOnly/);
  expect(plain).toMatch(/SameSite=Strict/);
  expect(plain).not.toMatch(/Secure/);
  const tls = await logIn({ token: ADMIN_TOKEN }, { 'x-forwarded-proto': 'https' });
  expect(tls.headers.get('set-cookie')).toMatch(/Secure/);
  const rows = JSON.stringify(await query(stage.database, 'SELECT * FROM dashboard_sessions'));
  expect(rows).not.toContain(ADMIN_TOKEN);
  expect(rows).not.toContain(/=([^.]+)/.exec(plain ?? '')?.[1]);
});

test('A cookie whose signature is not ours opens nothing', async () => {
  const cookie = await sessionOf({ token: ADMIN_TOKEN });
  expect(await home(cookie)).toBe(200);
  const changed = cookie.replace(/.(?=\.)/, (last) => (last === 'A' ? 'B' : 'A'));
  expect(await home(changed)).toBe(303);
});

describe('A session ends', () => {
  test('with its log-out, in every process', async () => {
    const second = await bootService({
      GMP_DB_PATH: stage.database.path,
      GMP_REDIS_URL: stage.redis.url,
      GMP_ENCRYPTION_KEY: Buffer.alloc(32, 'key').toString('base64'),
      GMP_ROLES: 'api',
    });
    try {
      const cookie = await sessionOf({ token: ADMIN_TOKEN });
      expect(await home(cookie, second)).toBe(200);
      const out = await visit('/logout', { method: 'POST', cookie }, second);
      expect(out.headers.get('location')).toBe('/login');
      expect(await home(cookie)).toBe(303);
    } finally {
      await second.term();
    }
  });

  test('when its time is over, or it was not used for too long', async () => {
    for (const column of ['expires_at', 'last_used_at']) {
      const cookie = await sessionOf({ token: ADMIN_TOKEN });
      await query(stage.database, `UPDATE dashboard_sessions SET ${column} = 1`);
      expect(await home(cookie)).toBe(303);
    }
  });

  test('with the token that opened it', async () => {
    const key = await stage.tenant('passing');
    const cookie = await sessionOf({ token: key });
    expect(await home(cookie)).toBe(200);
    await stage.service.api('POST', '/tenant/passing/api-key');
    expect(await home(cookie)).toBe(303);
  });
});

test('Posts from other sites are refused', async () => {
  const cookie = await sessionOf({ token: ADMIN_TOKEN });
  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'https://sibling.example' },
    { 'sec-fetch-site': '', origin: 'null' },
  ]) {
    expect((await visit('/logout', { method: 'POST', form: {}, cookie, headers })).status).toBe(403);
    expect((await logIn({ token: ADMIN_TOKEN }, headers)).status).toBe(403);
  }
  expect(await home(cookie)).toBe(200);
});

test('The login leads to pages of ours alone', async () => {
  for (const [next, to] of [
    ['/dashboard/queues?x=1', '/dashboard/queues?x=1'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example/', '/'],
    ['/dashboard@evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['javascript:alert(1)', '/'],
  ] as const) {
    expect((await logIn({ token: ADMIN_TOKEN, next })).headers.get('location')).toBe(to);
  }
  const page = await (await visit('/login?next=%22%3E%3Cscript%3E')).text();
  expect(page).not.toContain('<script>');
});

test('A form that is too large is refused', async () => {
  expect((await logIn({ token: 'x'.repeat(70_000) })).status).toBe(413);
});

test('GMP_DASHBOARD=off removes all of it', async () => {
  const other = await setApiStage({ GMP_DASHBOARD: 'off' });
  for (const path of ['/', '/login', '/logout', '/dashboard', '/dashboard/assets/pages.css'])
    expect((await visit(path, {}, other.service)).status).toBe(404);
});

test('A user without a password is refused at the start', async () => {
  await expect(setApiStage({ GMP_DASHBOARD_USER: 'olivia' })).rejects.toThrow(/GMP_DASHBOARD_PASSWORD/);
});
