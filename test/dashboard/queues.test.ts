// Bull Board shows admins the queues of accounts with work by their names, and changes nothing but by commands of the API.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { type Browser, startBrowser } from '../support/servers/browser.js';
import { type ApiStage, message, setApiStage } from '../support/stage/api-stage.js';
import { query } from '../support/stage/tables.js';

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

async function press(method: string, path: string) {
  const url = `${stage.service.url}/dashboard/queues/api/${path}`;
  const answer = await browser.page.request.fetch(url, {
    method,
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  return { status: answer.status(), body: answer.status() === 200 ? {} : await answer.json() };
}

test('What would get round the database is refused', async () => {
  await logIn(ADMIN_TOKEN);
  const waiting = await query(stage.database, 'SELECT pk, revision FROM messages');
  const job = `${waiting[0]?.revision}-0`;
  for (const [method, path] of [
    ['PUT', 'queues/sweep/empty'],
    ['PUT', 'queues/sweep/pause'],
    ['PUT', 'queues/sweep/obliterate'],
    ['PUT', 'queues/send.shop.news/empty'],
    ['PUT', 'queues/send.shop.news/obliterate'],
    ['PUT', 'queues/send.shop.news/clean/delayed'],
    ['PUT', 'queues/send.shop.news/concurrency'],
    ['POST', 'queues/send.shop.news/add'],
    ['PATCH', `queues/send.shop.news/${job}/update-data`],
    ['PUT', `queues/send.shop.news/${job}/clean`],
    ['PUT', 'queues/send.shop/pause'],
  ] as const)
    expect([path, await press(method, path)]).toMatchObject([
      path,
      { status: 403, body: { error: expect.stringContaining('database') } },
    ]);
});

test('Pausing suspends an account, resuming activates it, and promoting tries its messages at once', async () => {
  await logIn(ADMIN_TOKEN);
  const { page } = browser;
  const suspended = async () => {
    const rows = await query(stage.database, 'SELECT suspended_at FROM accounts');
    return rows.map(({ suspended_at }) => suspended_at !== null);
  };
  await page.goto(`${stage.service.url}/dashboard/queues/queue/send.shop.news`);
  // The menu of the queue has no name.
  await page.locator('button[aria-haspopup="menu"]').last().click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect.poll(suspended).toEqual([true]);
  expect((await press('PUT', 'queues/send.shop.news/resume')).status).toBe(200);
  expect(await suspended()).toEqual([false]);
  const [waiting] = await query(stage.database, 'SELECT id, revision, due_at FROM messages');
  const dueAt = async () => Number((await query(stage.database, 'SELECT due_at FROM messages'))[0]?.due_at);
  expect((await press('PUT', `queues/send.shop.news/${waiting?.revision}-0/promote`)).status).toBe(200);
  await expect.poll(dueAt).toBeLessThan(Number(waiting?.due_at));
  expect((await press('PUT', 'queues/send.shop.news/retry/failed')).status).toBe(200);
  // The log is written a little later.
  await expect
    .poll(async () => {
      const logged = await query(stage.database, 'SELECT endpoint FROM command_log ORDER BY id DESC LIMIT 4');
      return logged.map(({ endpoint }) => endpoint);
    })
    .toEqual(['retryMessages', 'retryMessages', 'activate', 'suspend']);
});

test('A tenant is refused', async () => {
  await logIn(shopKey);
  const { page } = browser;
  for (const path of ['', '/api/queues', '/static/js/main.js', '/queue/sweep'])
    expect((await page.request.get(`${stage.service.url}/dashboard/queues${path}`)).status()).toBe(403);
  await page.goto(stage.service.url);
  expect(await page.getByRole('link', { name: 'Queues' }).count()).toBe(0);
});
