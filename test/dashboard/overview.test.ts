// The overview stops and starts sending, after asking, and every change is in the command log.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { type Browser, startBrowser } from '../support/servers/browser.js';
import { type ApiStage, message, setApiStage } from '../support/stage/api-stage.js';

let stage: ApiStage;
let browser: Browser;
let shopKey: string;
beforeAll(async () => {
  [stage, browser] = await Promise.all([setApiStage(), startBrowser()]);
  shopKey = await stage.tenant('shop');
  await stage.tenant('other');
  await stage.account('shop', 'main');
  await stage.add([message()]);
});
afterAll(async () => {
  await browser.close();
});

async function logIn(token: string) {
  const { page } = browser;
  await page.context().clearCookies();
  await page.goto(`${stage.service.url}/login`);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return page;
}

test('An admin stops everything after it was asked, sees that it is stopped, and starts it again', async () => {
  const page = await logIn(ADMIN_TOKEN);
  const stop = page.getByRole('button', { name: 'Stop all sending' });
  expect(await stop.isVisible()).toBe(false);
  await page.getByText('Stop all sending', { exact: true }).first().click();
  await page.getByText('No message of any tenant').waitFor();
  await stop.click();
  await page.getByRole('alert').filter({ hasText: 'All sending is stopped' }).waitFor();
  await page.getByText('Start sending', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Start sending' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  const { body } = await stage.service.api<{
    commands: { endpoint: string; address: string; query?: object }[];
  }>('GET', '/command-log');
  const changes = body.commands.filter(({ endpoint }) => /suspend|activate/i.test(endpoint));
  expect(changes.map(({ query }) => query)).toEqual([{ all: 'true' }, { all: 'true' }]);
});

test('A tenant sees and stops itself alone', async () => {
  const page = await logIn(shopKey);
  expect(await page.locator('main').innerText()).not.toContain('other');
  expect(await page.getByText('Stop all sending').count()).toBe(0);
  await page.getByText('Stop', { exact: true }).click();
  await page.getByRole('button', { name: 'Stop shop' }).click();
  await page.waitForURL(`${stage.service.url}/`);
  const { body } = await stage.service.api<{ suspended_batches: string[] }>('POST', '/commands/activate', {
    tenant_id: 'shop',
  });
  expect(body.suspended_batches).toEqual([]);
  for (const form of [{ tenant_id: 'other' }, { all: 'true' }]) {
    const answer = await page.request.post(`${stage.service.url}/dashboard/commands/suspend`, {
      form,
      headers: { 'sec-fetch-site': 'same-origin' },
      maxRedirects: 0,
    });
    expect(answer.headers().location).toMatch(/refusal/);
  }
});

test('Nothing but these commands can be asked for, and not from another site', async () => {
  const page = await logIn(ADMIN_TOKEN);
  const post = (command: string, site: string) =>
    page.request.post(`${stage.service.url}/dashboard/commands/${command}`, {
      headers: { 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' },
    });
  expect((await post('delete-messages', 'same-origin')).status()).toBe(404);
  expect((await post('run-now', 'cross-site')).status()).toBe(403);
});

test('Charts are drawn by script over the pictures, and numbers and charts move without a reload', async () => {
  const page = await logIn(shopKey);
  await page.locator('.charts canvas').nth(3).waitFor();
  const waiting = page.locator('[data-number="Messages waiting"]');
  const before = Number(await waiting.innerText());
  await page.evaluate(
    "window.isTheSame = true; document.querySelector('.charts canvas').dataset.of = 'before'",
  );
  await stage.add([message(), message()]);
  await page.locator('[data-number="Messages waiting"]', { hasText: String(before + 2) }).waitFor();
  expect(await page.evaluate('window.isTheSame')).toBe(true);
  // The chart is the same one, with other data.
  expect(await page.locator('.charts canvas[data-of="before"]').count()).toBe(1);
  await stage.service.api('POST', '/tenant/shop/api-key');
  await page.getByRole('link', { name: 'Log in again' }).waitFor();
});

test('The page complains of nothing and fits a phone', async () => {
  const { page, complaints } = browser;
  complaints.length = 0;
  await logIn(ADMIN_TOKEN);
  await page.setViewportSize({ width: 380, height: 700 });
  const overflow = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
  expect(overflow).toBe(false);
  expect(complaints).toEqual([]);
  if (process.env.TEST_SCREENSHOT) await page.screenshot({ path: process.env.TEST_SCREENSHOT });
});
