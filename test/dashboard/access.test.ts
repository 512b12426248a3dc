// The pages are for everyone: with the keyboard alone, with a screen reader, on a phone, in light and dark, without script.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiContext } from '../../src/api/context.js';
import { buildDashboard } from '../../src/dashboard/build-dashboard.js';
import { findFaults, findUnreached, tabTo } from '../support/http/access.js';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { type Browser, startBrowser } from '../support/servers/browser.js';
import { type ApiStage, message, setApiStage } from '../support/stage/api-stage.js';

const phone = { width: 360, height: 740 };

let stage: ApiStage;
let browser: Browser;
beforeAll(async () => {
  [stage, browser] = await Promise.all([setApiStage(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
});

async function openPage(options: object = {}) {
  const context = await browser.page
    .context()
    .browser()
    ?.newContext({ viewport: phone, ...options });
  if (context === undefined) throw new Error('the browser has ended');
  return context.newPage();
}

test('By keyboard and without script, an admin sets up a tenant and an account, and sends a test mail', async () => {
  const sink = await stage.sink({ auth: { user: 'jo@example.org', pass: 'right' } });
  const page = await openPage({ javaScriptEnabled: false });
  const type = async (label: string, text: string) => {
    await tabTo(page, page.getByLabel(new RegExp(`^${label}`)));
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
  };
  const press = async (role: 'link' | 'button', name: string) => {
    await tabTo(page, page.getByRole(role, { name, exact: true }));
    await page.keyboard.press('Enter');
  };
  await page.goto(`${stage.service.url}/login`);
  await type('Token', ADMIN_TOKEN);
  await page.keyboard.press('Enter');
  await press('link', 'Add the first tenant');
  await type('Id', 'first');
  await press('button', 'Add the tenant');
  const key = await page.locator('.secret').innerText();
  const { body } = await stage.service.api<{ id: string }>('GET', '/tenant', undefined, { token: key });
  expect(body.id).toBe('first');

  await press('link', 'Next: add an account to send with');
  await type('Who runs the mail server', 'Outlook');
  await press('button', 'Next');
  await page.getByText('Microsoft takes no passwords').waitFor();
  expect(await page.getByLabel(/^Mail server/).inputValue()).toBe('smtp.office365.com');
  await type('Who runs the mail server', 'Another');
  await press('button', 'Change');
  const fill = async (password: string) => {
    await type('Password', password);
    await press('button', 'Try the login and add it');
  };
  await page.locator('#host[value=""]').waitFor();
  await type('Mail server', '127.0.0.1');
  await type('Port', String(sink.port));
  await type('TLS', 'none');
  await type('User', 'jo@example.org');
  await fill('wrong');
  await page.getByText('The account was not kept').waitFor();
  const kept = await stage.service.api<{ accounts: object[] }>('GET', '/accounts?tenant_id=first');
  expect(kept.body.accounts).toEqual([]);
  expect(await page.content()).not.toContain('wrong"');
  await fill('right');

  expect(await page.getByLabel(/^From/).inputValue()).toBe('jo@example.org');
  await type('To', 'me@example.org');
  await press('button', 'Send it');
  await page.getByText('The mail server has taken the mail').waitFor();
  expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([['me@example.org']]);
  await press('link', 'The page of the message');
  await page.getByRole('heading', { name: /^Message test-/ }).waitFor();

  // Neither is replaced by a second one of its name.
  await page.goto(`${stage.service.url}/dashboard/setup/tenant`);
  await type('Id', 'first');
  await press('button', 'Add the tenant');
  await page.getByText('There is a tenant first already').waitFor();
  const foreign = await page.request.post(`${stage.service.url}/dashboard/setup/tenant`, {
    headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' },
    data: 'id=second',
  });
  expect(foreign.status()).toBe(403);
  await page.context().close();
});

/** An address of each route that has a part to fill in. */
const addresses: Record<string, string> = {
  '/dashboard/messages/:id': '/dashboard/messages/m?tenant_id=shop',
  '/dashboard/bulk-changes/:id': '/dashboard/bulk-changes/CHANGE?tenant_id=shop',
  '/dashboard/accounts/:id': '/dashboard/accounts/main?tenant_id=shop',
  '/dashboard/tenants/:id': '/dashboard/tenants/shop',
  '/dashboard/do/:action': '/dashboard/do/suspend?tenant_id=shop',
  '/dashboard/setup/mail/:id': '/dashboard/setup/mail/given-up?tenant_id=shop',
  '/dashboard/setup/account': '/dashboard/setup/account?tenant_id=shop&provider=gmail',
  '/dashboard/messages': '/dashboard/messages?tenant_id=shop',
  '/dashboard/bulk': '/dashboard/bulk?tenant_id=shop&all=1',
};

function pathsOfPages(): string[] {
  const parts = { failures: { admit: () => () => undefined }, serveApi: () => new Response() };
  // Only its routes are looked at.
  const { routes } = buildDashboard({} as ApiContext, { ...parts, stopping: new AbortController().signal });
  const paths = routes
    .filter(({ method, path }) => method === 'GET' && !/\*|assets|live|queues|dashboard\/mail\//.test(path))
    .map(({ path }) => path);
  return [...new Set(paths)];
}

/** Pages of what goes on load themselves anew. @returns the id of a change that has ended */
async function giveUp(id: string): Promise<string> {
  const { api } = stage.service;
  const path = '/commands/cancel-messages?tenant_id=shop';
  const { body } = await api<{ change: { id: string } }>('POST', path, { ids: [id] });
  const change = `/bulk-changes/${body.change.id}?tenant_id=shop`;
  const state = async () => (await api<{ change: { state: string } }>('GET', change)).body.change.state;
  await expect.poll(state, { timeout: 30_000 }).not.toBe('running');
  return body.change.id;
}

test('Every page is reached by keyboard, fits a phone, and axe-core finds nothing serious in it', async () => {
  await stage.tenant('shop');
  const emptyKey = await stage.tenant('empty');
  await stage.account('shop', 'main', { limit_per_hour: 100 });
  const html = '<p>Hello</p>';
  const subject = 'A subject that is long enough to need more room than a phone has to offer';
  await stage.add([
    message({ id: 'm', html, subject, account_id: 'main', batch_code: 'spring' }),
    message({ id: 'given-up' }),
  ]);
  const change = await giveUp('given-up');
  const page = await openPage({ timezoneId: 'Asia/Tokyo' });
  const faults: Record<string, string[]> = {};
  const examine = async (path: string) => {
    const response = await page.goto(stage.service.url + path);
    const found = [...(await findFaults(page)), ...(await findUnreached(page))];
    if (!response?.ok()) found.push(`answered ${response?.status()}`);
    if (found.length > 0) faults[path] = found;
  };
  const logIn = async (token: string) => {
    await page.context().clearCookies();
    await examine('/login');
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  };
  await logIn(ADMIN_TOKEN);
  for (const path of pathsOfPages()) await examine((addresses[path] ?? path).replace('CHANGE', change));
  await page.goto(`${stage.service.url}/dashboard/messages/m?tenant_id=shop`);
  const shown = page.locator('.timeline time').first();
  expect(await shown.getAttribute('title')).toMatch(/ UTC$/);
  const at = new Date((await shown.getAttribute('datetime')) ?? '');
  expect(await shown.innerText()).toBe(at.toLocaleString('en-US', { timeZone: 'Asia/Tokyo' }));
  // What a tenant sees that has nothing yet.
  await logIn(emptyKey);
  for (const path of ['/', '/dashboard/messages', '/dashboard/setup/account']) await examine(path);
  expect(faults).toEqual({});
});
