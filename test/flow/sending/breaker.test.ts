// The breaker of an account that its server refuses: it costs no message an attempt, makes one event, and closes again.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_BREAKER_OPEN_SECONDS: '2', GMP_RETRY_DELAYS: '1' });
});

const auth = { user: 'app', pass: 'right' };

async function reasons({ id }: Tenant, message: string) {
  const { body } = await service.api<{ reasons: { kind: string; smtp_code?: number; until_ts?: number }[] }>(
    'GET',
    `/messages/${message}/explain?tenant_id=${id}`,
  );
  return body.reasons;
}

test.each([
  ['421 before the mail', { code: 421, message: '4.7.0 try again later, closing connection' }],
  ['454 before the mail', { code: 454, message: 'Throttling failure: Maximum sending rate exceeded.' }],
])('%s opens the breaker for a while, counts as no attempt and makes one event', async (name, refusal) => {
  let refusing = true;
  const sink = await stage.sink({ onMail: () => (refusing ? refusal : undefined) });
  const app = await stage.app();
  const id = `rest-${refusal.code}`;
  const tenant = await addTenant(service, id, { app, server: sink });
  await tenant.handIn(service, mails('m', 5));
  const waiting = await tenant.until(service, 'm-1', ({ status }) => status === 'deferred');
  expect(waiting, name).toMatchObject({ retry_count: 0, deferred_ts: expect.any(Number) });
  const [reason] = await reasons(tenant, 'm-1');
  expect(reason).toMatchObject({ kind: 'account_rests', smtp_code: refusal.code });
  refusing = false;
  await sink.waitFor(5);
  const all = await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(all.map(({ retry_count }) => retry_count)).toEqual([0, 0, 0, 0, 0]);
  for (const { history } of all) {
    expect(history.filter(({ event_type }) => event_type === 'deferred').length).toBeLessThanOrEqual(1);
  }
  expect((await sink.waitFor(5)).map(({ id: of }) => of).sort()).toEqual(['m-1', 'm-2', 'm-3', 'm-4', 'm-5']);
});

test('openings in a row each last longer, make one event together, and count as no attempt', async () => {
  const refusals: number[] = [];
  let refusing = true;
  const sink = await stage.sink({
    onMail: () => {
      if (!refusing) return undefined;
      refusals.push(Date.now());
      // A daily quota, as servers say it.
      return { code: 550, message: '5.4.5 Daily user sending limit exceeded.' };
    },
  });
  const app = await stage.app();
  const tenant = await addTenant(service, 'in-a-row', { app, server: sink });
  await tenant.handIn(service, [mail('m')]);
  await waitFor('three refusals', () => refusals.length === 3, { timeoutMs: 30_000 });
  refusing = false;
  const waiting = await tenant.until(service, 'm', ({ deferred_ts = 0 }) => deferred_ts * 1000 > Date.now());
  const [first = 0, second = 0, third = 0] = refusals;
  // Of 2 and 4 seconds, spread by a tenth to either side.
  expect(second - first).toBeGreaterThanOrEqual(1800);
  expect(third - second).toBeGreaterThanOrEqual(3600);
  // What is shown is the time of the next try, not that of the event.
  const [until] = (await reasons(tenant, 'm')).map(({ until_ts }) => until_ts ?? 0);
  expect(Math.abs(Number(waiting.deferred_ts) - Number(until))).toBeLessThanOrEqual(1);
  expect(Number(waiting.deferred_ts) * 1000 - third).toBeGreaterThanOrEqual(6000);
  await sink.waitFor(1);
  const sent = await tenant.until(service, 'm', ({ reported_ts }) => reported_ts !== undefined);
  expect(sent.retry_count).toBe(0);
  expect(sent.history.map(({ event_type }) => event_type)).toEqual(['queued', 'deferred', 'sent']);
  expect(app.entries.filter(({ deferred_ts }) => deferred_ts !== undefined)).toHaveLength(1);
});

test('a wrong password costs one message, and the others wait until the account is changed', async () => {
  const sink = await stage.sink({ auth });
  const tenant = await addTenant(service, 'password', {
    server: sink,
    account: { user: auth.user, password: 'wrong' },
  });
  await tenant.handIn(service, mails('m', 5));
  const failed = await tenant.until(service, 'm-1', ({ status }) => status === 'error');
  expect(failed.smtp_code).toBe(535);
  await tenant.until(service, 'm-2', ({ status }) => status === 'deferred');
  const [reason] = await reasons(tenant, 'm-3');
  expect(reason).toMatchObject({ kind: 'account_rests', smtp_code: 535 });
  expect(reason?.until_ts).toBeUndefined();
  // Nothing else ends this rest.
  await service.api('POST', '/commands/run-now');
  await tenant.handIn(service, [mail('m-6')]);
  expect(await reasons(tenant, 'm-6')).toMatchObject([{ kind: 'account_rests' }]);
  expect(sink.count).toBe(0);
  await service.api('PUT', '/account/main?tenant_id=password', { password: auth.pass });
  await sink.waitFor(5);
  const all = await tenant.untilAll(service, ({ status }) => status !== 'deferred' && status !== 'pending');
  expect(all.filter(({ status }) => status === 'error').map(({ id }) => id)).toEqual(['m-1']);
});

test('an account that was refused goes on once it is verified, without being changed', async () => {
  let right = false;
  const sink = await stage.sink({
    auth,
    onAuth: () => (right ? undefined : { code: 535, message: '5.7.8 not yet enabled' }),
  });
  const tenant = await addTenant(service, 'verify', {
    server: sink,
    account: { user: auth.user, password: auth.pass },
  });
  await tenant.handIn(service, mails('m', 3));
  await tenant.until(service, 'm-1', ({ status }) => status === 'error');
  const verify = () => service.api('POST', '/account/main/verify?tenant_id=verify');
  expect((await verify()).body).toMatchObject({ ok: false });
  right = true;
  expect((await verify()).body).toEqual({ ok: true });
  await sink.waitFor(2);
});

test('an account deleted under its queued messages fails them with a clear error, also while its breaker is open', async () => {
  const sink = await stage.sink({ onMail: () => ({ code: 421, message: '4.7.0 later' }) });
  const tenant = await addTenant(service, 'deleted', { server: sink });
  await tenant.handIn(service, mails('m', 3));
  await tenant.until(service, 'm-1', ({ status }) => status === 'deferred');
  await service.api('DELETE', '/account/main?tenant_id=deleted');
  const all = await tenant.untilAll(service, ({ status }) => status === 'error');
  expect(all.map(({ error }) => error)).toEqual(all.map(() => 'The account main no longer exists'));
});

test('an open breaker keeps no other account of the tenant from sending', async () => {
  const bad = await stage.sink({ onMail: () => ({ code: 421, message: '4.7.0 later' }) });
  const good = await stage.sink();
  const tenant = await addTenant(service, 'two', { server: bad });
  await service.api('POST', '/account', { id: 'good', tenant_id: 'two', host: good.host, port: good.port });
  await tenant.handIn(service, [mail('x', { account_id: 'main' }), mail('y', { account_id: 'good' })]);
  await good.waitFor(1);
  await tenant.until(service, 'x', ({ status }) => status === 'deferred');
});
