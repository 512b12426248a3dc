// Every page, as the routes of the dashboard name them, shows a tenant nothing of another, whatever the address asks for.
import { beforeAll, expect, test } from 'vitest';
import type { ApiContext } from '../../src/api/context.js';
import { buildDashboard } from '../../src/dashboard/build-dashboard.js';
import { logIn, watchLive } from '../support/http/watch-live.js';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../support/stage/api-stage.js';

/** Stands in whatever the other tenant has, and in no address that is asked for. */
const secret = 'zq-of-the-other';
const asked = {
  tenant_id: 'theirs',
  account_id: 'their-account',
  batch_code: 'their-batch',
  only: 'waiting',
};

let stage: ApiStage;
let pages: string[];
let myKey: string;
beforeAll(async () => {
  stage = await setApiStage({ GMP_START_ACTIVE: '0' });
  const parts = { failures: { admit: () => () => undefined }, serveApi: () => new Response() };
  // Only its routes are looked at.
  const { routes } = buildDashboard({} as ApiContext, { ...parts, stopping: new AbortController().signal });
  const paths = routes
    .filter(({ method, path }) => method === 'GET' && path !== '/*')
    .map(({ path }) => path);
  pages = [...new Set(paths)].filter((path) => !path.includes('/assets/'));
  myKey = await stage.tenant('mine');
  await stage.tenant('theirs', { name: secret, client_base_url: `https://${secret}.example` });
  await stage.account('theirs', 'their-account', {
    host: `${secret}.example`,
    user: secret,
    password: secret,
  });
  const theirs = { tenant_id: 'theirs', account_id: 'their-account', batch_code: 'their-batch' };
  await stage.add([message({ id: 'their-message', subject: secret, ...theirs })]);
});

async function read(path: string, cookie: string): Promise<string> {
  const address = path.replace(/:\w+/g, path.includes('tenants') ? 'theirs' : 'their-message');
  const query = `?${new URLSearchParams(asked)}`;
  if (path.endsWith('/live')) {
    const watched = await watchLive(stage.service, cookie, query);
    const events = [await watched.next('figures'), await watched.next('attention')];
    watched.close();
    return JSON.stringify(events);
  }
  const response = await fetch(`${stage.service.url}${address}${query}`, {
    headers: { cookie, accept: 'text/html' },
    redirect: 'manual',
  });
  expect(response.status, path).toBeLessThan(500);
  return response.text();
}

test('with the session of a tenant', async () => {
  const cookie = await logIn(stage.service, myKey);
  expect(pages).toEqual(expect.arrayContaining(['/', '/dashboard/live', '/dashboard/messages/:id']));
  for (const path of pages) expect(await read(path, cookie), path).not.toContain(secret);
});

test('while the admin is shown it', async () => {
  const cookie = await logIn(stage.service, ADMIN_TOKEN);
  const shown = await Promise.all(pages.map((path) => read(path, cookie)));
  expect(shown.filter((text) => text.includes(secret)).length).toBeGreaterThan(1);
});
