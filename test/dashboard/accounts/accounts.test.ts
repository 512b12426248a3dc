// The pages of accounts and tenants show what holds mail back, and change it after asking, by way of the command log.
import { beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';
import { logIn, type Visitor } from './log-in.js';

let stage: ApiStage;
let admin: Visitor;
let shop: Visitor;
beforeAll(async () => {
  stage = await setApiStage();
  const [good, bad, app] = await Promise.all([
    stage.sink(),
    stage.sink({ onMail: () => ({ code: 421, message: '4.7.0 too <b>many</b>' }) }),
    stage.app({ answer: () => ({ status: 503 }) }),
  ]);
  const key = await stage.tenant('shop', { name: 'The shop', client_base_url: app.url });
  await stage.tenant('other');
  await stage.account('shop', 'limited', { port: good.port, limit_per_day: 1 });
  await stage.account('shop', 'refused/1', { port: bad.port });
  await stage.account('other', 'secret');
  const due = { deferred_ts: undefined };
  await stage.add([
    message({ ...due, account_id: 'limited' }),
    message({ ...due, account_id: 'limited' }),
    message({ ...due, account_id: 'refused/1' }),
    message({ account_id: 'limited', batch_code: 'december' }),
  ]);
  await stage.service.api('POST', '/commands/suspend?tenant_id=shop&batch_code=december');
  [admin, shop] = await Promise.all([logIn(stage.service, ADMIN_TOKEN), logIn(stage.service, key)]);
});

const account = '/dashboard/accounts/refused%2F1?tenant_id=shop';
const target = { tenant_id: 'shop', account_id: 'refused/1' };
const shown = async (path: string, visitor = admin) => (await visitor.get(path)).text;

test('the list shows the windows as bars with the time they open, and accounts that their server refuses', async () => {
  await expect
    .poll(() => shown('/dashboard/accounts'), { timeout: 20_000 })
    .toContain('refused by its server');
  await expect
    .poll(() => shown('/dashboard/accounts'), { timeout: 20_000 })
    .toMatch(/<meter aria-label="Used of a day" max="1" [^>]*value="1">.*1 of 1 a day, full until <time/s);
  const list = await shown('/dashboard/accounts');
  for (const name of ['limited', 'refused/1', 'secret', 'too &lt;b&gt;many']) expect(list).toContain(name);
  const refused = await shown('/dashboard/accounts?only=breaker&tenant_id=shop');
  expect(refused).toContain('refused/1');
  expect(refused).not.toContain('>limited<');
  expect((await admin.get('/dashboard/accounts?tenant_id=nobody')).status).toBe(404);
});

test('the page of an account shows its breaker, its errors by reply code and the way to its messages', async () => {
  const page = await shown(account);
  expect(page).toMatch(/<th scope="row">421<\/th><td>1<\/td>/);
  expect(page).toContain('/dashboard/messages?tenant_id=shop&amp;account_id=refused%2F1&amp;status=pending');
  expect((await admin.get('/dashboard/accounts/nobody?tenant_id=shop')).status).toBe(404);
});

test('the page of a tenant shows the last answer of its endpoint, its suspended batches, quotas and accounts', async () => {
  await expect
    .poll(() => shown('/dashboard/tenants/shop'), { timeout: 20_000 })
    .toContain('not acknowledged');
  const page = await shown('/dashboard/tenants/shop');
  for (const part of ['503', 'december', 'Messages that are not sent yet', 'suppression list: 0', 'limited'])
    expect(page).toContain(part);
  expect(await shown('/dashboard/tenants')).toContain('The shop');
  expect((await admin.get('/dashboard/tenants/nobody')).status).toBe(404);
  expect((await shop.get('/dashboard/tenants')).location).toBe('/dashboard/tenants/shop');
});

test('an account is suspended and activated after the page has said what that does, and the command log has it', async () => {
  const state = async () =>
    (await stage.service.api('GET', '/account/refused%2F1/state?tenant_id=shop')).body.state;
  const asked = await admin.get(`/dashboard/do/suspend?${new URLSearchParams(target)}`);
  expect(asked.text).toContain('No message of account refused/1 of tenant shop begins to be sent');
  expect(await state()).not.toBe('suspended');
  expect((await admin.post('/dashboard/do/suspend', target, 'cross-site')).status).toBe(403);
  const done = await admin.post('/dashboard/do/suspend', target);
  expect(done).toMatchObject({ status: 303, location: `${account}&done=suspend` });
  expect(await state()).toBe('suspended');
  expect(await shown(`${account}&done=suspend`)).toContain('It is suspended.');
  expect((await admin.post('/dashboard/do/activate', target)).status).toBe(303);
  expect(await state()).toBe('breaker');
  const { body } = await stage.service.api<{ commands: { endpoint: string; query?: object }[] }>(
    'GET',
    '/command-log?tenant_id=shop',
  );
  expect(body.commands.map(({ endpoint, query }) => ({ endpoint, query }))).toEqual(
    expect.arrayContaining([
      { endpoint: 'suspend', query: target },
      { endpoint: 'activate', query: target },
    ]),
  );
});

test('a verification that fails says why, and closing the breaker tries the server again', async () => {
  const failed = await admin.post('/dashboard/do/verify', target);
  expect(failed.text).toContain('It does not work: The server takes no mail at present (421)');
  const closed = await admin.post('/dashboard/do/close-breaker', target);
  expect(closed).toMatchObject({ status: 303, location: `${account}&done=close-breaker` });
  // The server still refuses it.
  await expect.poll(() => shown(account), { timeout: 20_000 }).toContain('too &lt;b&gt;many');
  expect((await admin.post('/dashboard/do/delete', target)).status).toBe(404);
});

test('a tenant does to itself what its token may, and nothing to another', async () => {
  expect(await shown('/dashboard/accounts', shop)).not.toMatch(/secret|other/);
  const batch = { batch_code: 'december' };
  expect(await shop.post('/dashboard/do/activate', batch)).toMatchObject({
    status: 303,
    location: '/dashboard/tenants/shop?done=activate',
  });
  expect((await shop.post('/dashboard/do/run-now', {})).status).toBe(303);
  for (const name of ['suspend', 'activate', 'close-breaker', 'verify']) {
    const foreign = { tenant_id: 'other', account_id: 'secret' };
    const refused = await shop.post(`/dashboard/do/${name}`, foreign);
    expect([name, refused.status]).toEqual([name, 401]);
  }
});
