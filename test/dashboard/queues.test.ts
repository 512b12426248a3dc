// Bull Board shows admins the queues of accounts with work by their names, and changes nothing.
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
  await stage.account('shop', 'news');
  await stage.add([message({ id: 'm', account_id: 'news' })]);
});
afterAll(async () => {
  await browser.close();
});

async function logIn(token: string): Promise<void> {
  const { page } = browser;
  await page.context().clearCookies();
  await page.goto(`${stage.service.url}/login?next=/dashboard/queues`);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('An admin sees the queue of an account under its name, with no call to another host', async () => {
  await logIn(ADMIN_TOKEN);
  const { page, asked, complaints } = browser;
  await page.getByText('shop / news').first().waitFor();
  expect(complaints).toEqual([]);
  expect(asked.filter((url) => new URL(url).origin !== stage.service.url)).toEqual([]);
});

test('Nothing of it can be changed', async () => {
  const { page } = browser;
  await logIn(ADMIN_TOKEN);
  for (const [method, path] of [
    ['PUT', 'queues/sweep/empty'],
    ['PUT', 'queues/sweep/obliterate'],
    ['PUT', 'queues/pause'],
    ['POST', 'queues/sweep/add'],
    ['PATCH', 'queues/sweep/1/update-data'],
  ] as const) {
    const answer = await page.request.fetch(`${stage.service.url}/dashboard/queues/api/${path}`, {
      method,
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect([path, answer.status()]).toEqual([path, 403]);
  }
});

test('A tenant is refused', async () => {
  await logIn(shopKey);
  const { page } = browser;
  for (const path of ['', '/api/queues', '/static/js/main.js', '/queue/sweep'])
    expect((await page.request.get(`${stage.service.url}/dashboard/queues${path}`)).status()).toBe(403);
  await page.goto(stage.service.url);
  expect(await page.getByRole('link', { name: 'Queues' }).count()).toBe(0);
});
