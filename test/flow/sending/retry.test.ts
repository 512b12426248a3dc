// What is temporary is tried again and told so; what is permanent ends at once.
import { beforeAll, expect, test } from 'vitest';
import { freePort } from '../../support/programs/free-port.js';
import type { Service } from '../../support/programs/service.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

const patience = { timeoutMs: 30_000 };

let stage: Stage;
let app: ReportApp;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  app = await stage.app();
  service = await stage.service({ GMP_MAX_RETRIES: '2', GMP_RETRY_DELAYS: '2,1' });
});

test('451 defers and is reported with the time of the next try, 550 ends at once and is never tried again', async () => {
  let refusedAt = 0;
  const refusals: number[] = [];
  const sink = await stage.sink({
    onRcpt: (address, attempt) => {
      if (address.startsWith('never')) {
        refusals.push(attempt);
        return { code: 550, message: 'no such user' };
      }
      if (attempt > 1) return undefined;
      refusedAt = Date.now();
      return { code: 451, message: 'try later' };
    },
  });
  const tenant = await addTenant(service, 'reply', { app, server: sink });
  await tenant.handIn(service, [mail('never'), mail('later')]);

  const deferred = await app.waitForEntry(
    ({ id, deferred_ts }) => id === 'later' && deferred_ts !== undefined,
  );
  expect(deferred.deferred_ts).toBeGreaterThan(refusedAt / 1000);
  expect(deferred.deferred_reason).toContain('try later');
  const error = await app.waitForEntry(({ id, error_ts }) => id === 'never' && error_ts !== undefined);
  expect(error.error).toContain('550');

  const [delivered] = await sink.waitFor(1, patience);
  expect(delivered!.receivedAt).toBeGreaterThanOrEqual(Number(deferred.deferred_ts) * 1000);
  const later = await tenant.until(service, 'later', ({ reported_ts }) => reported_ts !== undefined);
  expect(later).toMatchObject({ status: 'sent', retry_count: 1 });
  expect(later.history.map(({ event_type }) => event_type)).toEqual(['queued', 'deferred', 'sent']);
  const events = app.entries.filter(({ id }) => id === 'later').map((entry) => Object.keys(entry));
  expect(events.map((keys) => keys.includes('sent_ts'))).toEqual([false, true]);

  const never = await tenant.find(service, 'never');
  expect(never).toMatchObject({ status: 'error', smtp_code: 550, retry_count: 0 });
  expect(never.history.map(({ event_type }) => event_type)).toEqual(['queued', 'error']);
  expect(refusals).toEqual([1]);
});

test('after GMP_MAX_RETRIES temporary failures it ends as error; every attempt is the same mail', async () => {
  const sink = await stage.sink({ onData: () => ({ code: 452, message: 'disk full' }) });
  const tenant = await addTenant(service, 'full', { app, server: sink });
  await tenant.handIn(service, [mail('full')]);

  const ended = await tenant.until(service, 'full', ({ status }) => status === 'error');
  expect(ended).toMatchObject({ smtp_code: 452, retry_count: 2 });
  expect(ended.error).toContain('disk full');
  // A full disk is the server's trouble, so the first deferral uses no retry.
  const deferrals = ['deferred', 'deferred', 'deferred'];
  expect(ended.history.map(({ event_type }) => event_type)).toEqual(['queued', ...deferrals, 'error']);
  expect(sink.attempts).toHaveLength(4);
  const [first, ...others] = sink.attempts;
  expect(first!.header('Message-ID')).toMatch(/^<.+@acme\.test>$/);
  for (const other of others) expect(other.raw.equals(first!.raw)).toBe(true);
  await app.waitForEntry(({ id, error_ts }) => id === 'full' && error_ts !== undefined);
});

test('a connection that is refused, and one that is cut in the middle, are temporary', async () => {
  const port = await freePort();
  const refusing = await addTenant(service, 'refused', { app, server: { host: '127.0.0.1', port } });
  const cutting = await stage.sink({ onData: (_message, n) => (n === 1 ? 'drop' : undefined) });
  const cut = await addTenant(service, 'cut', { app, server: cutting });
  await Promise.all([refusing.handIn(service, [mail('refused')]), cut.handIn(service, [mail('cut')])]);

  const waiting = await refusing.until(service, 'refused', ({ status }) => status === 'deferred');
  expect(waiting).not.toHaveProperty('error');
  expect(waiting.deferred_reason).toMatch(/^Nothing listens on that port: .*ECONNREFUSED/);
  expect(waiting.smtp_code).toBeUndefined();
  const sink = await stage.sink({ port });
  await Promise.all([sink.waitFor(1, patience), cutting.waitFor(1, patience)]);
  await refusing.until(
    service,
    'refused',
    ({ status, retry_count }) => status === 'sent' && retry_count === 1,
  );
  await cut.until(service, 'cut', ({ status, retry_count }) => status === 'sent' && retry_count === 1);
});

test('a wrong password is permanent, the right one sends as that user', async () => {
  const sink = await stage.sink({ auth: { user: 'robot', pass: 'right' } });
  const wrong = await addTenant(service, 'wrong', {
    app,
    server: sink,
    account: { user: 'robot', password: 'not-the-password' },
  });
  const right = await addTenant(service, 'right', {
    app,
    server: sink,
    account: { user: 'robot', password: 'right' },
  });
  await wrong.handIn(service, [mail('wrong')]);
  await right.handIn(service, [mail('right')]);

  const refused = await wrong.until(service, 'wrong', ({ status }) => status === 'error');
  expect(refused).toMatchObject({ smtp_code: 535, retry_count: 0 });
  const [sent] = await sink.waitFor(1, patience);
  expect(sent).toMatchObject({ id: 'right', session: { user: 'robot' } });
  expect(sink.count).toBe(1);
  expect(JSON.stringify([app.entries, refused, service.output()])).not.toContain('not-the-password');
});
