// The pages of messages show a tenant its own mail alone, and nothing of a mail comes to life in them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { type Browser, startBrowser } from '../support/servers/browser.js';
import { type ApiStage, message, setApiStage } from '../support/stage/api-stage.js';
import { query } from '../support/stage/tables.js';

const HOSTILE = `<p>Hello <b style="display: inline-block; width: 123px">Jo</b></p><script>parent.document.title = 'taken'; fetch('https://evil.example/')</script>
<img src="https://evil.example/pixel.png" onerror="parent.document.title = 'taken'">
<form action="https://evil.example/"><button id="go">Go</button></form></iframe><script>document.title = 'taken'</script>`;

let stage: ApiStage;
let browser: Browser;
let keys: Record<string, string>;
beforeAll(async () => {
  [stage, browser] = await Promise.all([setApiStage(), startBrowser()]);
  keys = { shop: await stage.tenant('shop'), other: await stage.tenant('other') };
  for (const tenant of ['shop', 'other']) await stage.account(tenant, 'main');
  await stage.add([
    message({
      id: 'order/1',
      subject: 'Your <b>order</b>',
      html: HOSTILE,
      text: 'Hello Jo',
      batch_code: 'b',
      headers: { 'X-Campaign': 'spring <17>' },
    }),
    message({ id: 'plain' }),
    message({ id: 'secret', tenant_id: 'other', subject: 'For the other tenant alone' }),
  ]);
  await query(
    stage.database,
    `INSERT INTO attempt_transcripts (message_pk, attempt, at, lines)
      SELECT pk, 2, 1790000000000, 'S: 220 <b>mx</b>' FROM messages WHERE id = 'order/1'`,
  );
});
afterAll(async () => {
  await browser.close();
});

async function visit(token: string, path: string) {
  const { page } = browser;
  await page.context().clearCookies();
  await page.goto(`${stage.service.url}/login`);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.goto(stage.service.url + path);
  return page;
}

test('A tenant finds a message in its list, and reads what it waits for, what happened and the mail', async () => {
  const page = await visit(keys.shop ?? '', '/dashboard/messages?batch_code=b');
  expect(await page.locator('tbody tr').count()).toBe(1);
  await page.getByRole('link', { name: 'order/1' }).click();
  await page.getByRole('heading', { name: 'Message order/1' }).waitFor();
  expect(await page.locator('section', { hasText: 'Where it is' }).innerText()).toMatch(/2096/);
  expect(await page.locator('.timeline').innerText()).toContain('queued');
  expect(await page.locator('.headers').innerText()).toContain('Your <b>order</b>');
  expect(await page.locator('.headers').innerText()).toContain('spring <17>');
  await page.getByText('As it was handed in').click();
  expect(await page.getByText('"X-Campaign"').innerText()).toContain('"batch_code": "b"');
  const name = page.frameLocator('iframe').locator('b');
  expect(await name.innerText()).toBe('Jo');
  // A mail keeps its own styles.
  expect((await name.boundingBox())?.width).toBe(123);
  const attempt = page.locator('details', { hasText: 'Attempt 2' });
  expect(await attempt.locator('pre').innerText()).toBe('< 220 <b>mx</b>');
});

test('Script, images and forms of a mail stay inert', async () => {
  // What the policy of the page refuses never comes this far.
  const reached: string[] = [];
  await browser.page.route('https://evil.example/**', (route) => {
    reached.push(route.request().url());
    return route.abort();
  });
  const page = await visit(keys.shop ?? '', '/dashboard/messages/order%2F1');
  const mail = page.frameLocator('iframe');
  await mail.locator('#go').click();
  await mail.locator('b').waitFor();
  expect(await page.title()).toBe('Message order/1 · mail-proxy');
  expect(reached).toEqual([]);
  // A page without the policy does reach it.
  await page.goto('about:blank');
  await page.setContent('<img src="https://evil.example/pixel.png">');
  await expect.poll(() => reached).toEqual(['https://evil.example/pixel.png']);
});

test('A tenant sees nothing of another, whatever it asks for', async () => {
  for (const path of [
    '/dashboard/messages?tenant_id=other',
    '/dashboard/messages/secret',
    '/dashboard/messages/secret?tenant_id=other',
    '/?tenant_id=other',
  ]) {
    const page = await visit(keys.shop ?? '', path);
    expect(await page.locator('main').innerText()).not.toMatch(/secret(?!\?)|For the other/);
  }
});

test('An admin chooses a tenant, and finds a message by its id', async () => {
  const page = await visit(ADMIN_TOKEN, '/dashboard/messages');
  await page.getByLabel('Tenant').selectOption('other');
  await page.getByLabel('Id').fill('secret');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText('For the other tenant alone').first().waitFor();
});

test('GMP_DASHBOARD_CONTENT=0 keeps subjects and contents from the admin', async () => {
  const closed = await setApiStage({ GMP_DASHBOARD_CONTENT: '0' });
  await closed.tenant('shop');
  await closed.account('shop', 'main');
  await closed.add([message({ id: 'm', subject: 'Hidden' })]);
  const { page } = browser;
  await page.goto(`${closed.service.url}/login?next=/dashboard/messages/m`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('hides subjects').waitFor();
  expect(await page.locator('main').innerText()).not.toContain('Hidden');
});

test('An admin finds messages by words and errors, and gives up all that fit, or those that are ticked', async () => {
  await stage.add([
    ...Array.from({ length: 60 }, (_, i) => message({ id: `spring-${i}`, subject: 'Spring sale' })),
    message({ id: 'autumn', subject: 'Autumn sale' }),
  ]);
  const page = await visit(ADMIN_TOKEN, '/dashboard/messages?tenant_id=shop');
  await page.getByLabel('Words or addresses').fill('SPRING sale');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('link', { name: 'Older messages' }).waitFor();
  expect(await page.locator('tbody tr').count()).toBe(50);
  await page.getByRole('button', { name: 'Change all that fit' }).click();
  await page.getByText('all messages with the words SPRING sale, of tenant shop').waitFor();
  await page.getByRole('button', { name: 'Cancel them' }).click();
  await page.getByText('60 of 60 messages that were looked at have been given up.').waitFor();

  await page.goto(`${stage.service.url}/dashboard/messages?tenant_id=shop&error=cancelled`);
  await page.getByLabel('Tick spring-59').check();
  await page.getByRole('button', { name: 'Change those that are ticked' }).click();
  await page.getByText('Chosen: 1 messages').waitFor();
  await page.getByRole('button', { name: 'Send them again' }).click();
  await page.getByText('1 of 1 messages that were looked at have been queued again.').waitFor();
  const open = await stage.list({ tenant_id: 'shop', search: 'sale', active_only: '1' });
  expect(open.body.messages.map(({ id }) => id).sort()).toEqual(['autumn', 'spring-59']);
});
