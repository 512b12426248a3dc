// `messages retry`, `cancel` and `prioritize` change the messages that are named, and ask before they change many.
import { expect, test } from 'vitest';
import { runHere } from '../../support/cli/run-here.js';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { mail, mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

test('messages are given up, sent again and prioritized, by ids or all that fit', async () => {
  const stage = await setStage();
  const service = await stage.service();
  const tenant = await addTenant(service, 'shop', { server: await stage.sink() });
  await tenant.handIn(service, [...mails('m', 3, { deferred_ts: 4_000_000_000 }), mail('now')]);
  await tenant.until(service, 'now', ({ status }) => status === 'sent');
  const env = { MAIL_PROXY_URL: service.url, MAIL_PROXY_TOKEN: ADMIN_TOKEN, HOME: '/nonexistent' };
  const messages = (...args: string[]) => runHere(['messages', ...args], env);

  expect(await messages('cancel', 'm-1', 'm-2', '--force')).toMatchObject({
    code: 0,
    stdout: '2 of 2 given up\n',
  });
  expect((await messages('list', '--error', 'cancelled', '--csv')).stdout.match(/^m-\d/gm)?.sort()).toEqual([
    'm-1',
    'm-2',
  ]);
  const low = ['prioritize', '--search', 'm-3@example.test', '--priority', 'high', '-f'];
  expect((await messages(...low)).stdout).toBe('1 of 1 given another priority\n');
  expect(await tenant.find(service, 'm-3')).toMatchObject({ priority: 1 });
  const again = await messages('retry', '--status', 'error', '--force', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ state: 'done', examined: 2, changed: 2 });
  await tenant.until(service, 'm-1', ({ status }) => status === 'sent');

  expect(await messages('retry')).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
  expect(await messages('retry', '--all')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--force'),
  });
  expect(await messages('retry', 'm-1', '--all', '-f')).toMatchObject({ code: 1 });
});
