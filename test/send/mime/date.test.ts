// The Date of a mail with deferred_ts is the time of its first attempt, the same at all attempts.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_RETRY_DELAYS: '2,2' });
});

const seconds = (date: string | undefined) => Date.parse(date ?? '') / 1000;

test('with deferred_ts it is that of the first attempt, otherwise that of acceptance; every attempt has the same', async () => {
  const refused = new Set<string>();
  const sink = await stage.sink({
    onData: ({ id = '' }) => {
      if (refused.has(id)) return undefined;
      refused.add(id);
      return { code: 451, message: 'try later' };
    },
  });
  const tenant = await addTenant(service, 'acme', { server: sink });
  const wanted = Math.floor(Date.now() / 1000) + 4;
  await tenant.handIn(service, [mail('at-once'), mail('waits', { deferred_ts: wanted })]);
  await sink.waitFor(2);
  const dates = (id: string) => sink.attempts.filter((one) => one.id === id).map((one) => one.header('Date'));
  const listed = await tenant.find(service, 'waits');
  const firstTry = listed.history.find(({ event_type }) => event_type === 'deferred')?.event_ts;

  expect(dates('waits')).toHaveLength(2);
  expect(new Set(dates('waits')).size).toBe(1);
  expect(seconds(dates('waits')[0])).toBeGreaterThanOrEqual(wanted);
  expect(seconds(dates('waits')[0])).toBeLessThanOrEqual(firstTry ?? 0);
  expect(new Set(dates('at-once')).size).toBe(1);
  expect(seconds(dates('at-once')[0])).toBeLessThan(wanted);
});

test('a message that is replaced has the Date of the first attempt at its new content', async () => {
  const answers = [{ code: 550, message: 'no' }];
  const sink = await stage.sink({ onData: () => answers.shift() });
  const tenant = await addTenant(service, 'other', { server: sink });
  const deferred_ts = Math.floor(Date.now() / 1000) - 5;
  await tenant.handIn(service, [mail('again', { deferred_ts })]);
  await tenant.until(service, 'again', ({ status }) => status === 'error');
  const failedAt = sink.attempts[0]!.receivedAt;
  const later = Math.floor(failedAt / 1000) + 2;
  await tenant.handIn(service, [mail('again', { deferred_ts: later })]);
  await sink.waitFor(1);
  expect(seconds(sink.messages[0]!.header('Date'))).toBeGreaterThanOrEqual(later);
});

test('a Date among the headers stays as it is given', async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'third', { server: sink });
  const headers = { date: '5 Jan 2026 10:00:00 -0530' };
  await tenant.handIn(service, [mail('given', { headers, deferred_ts: 1 })]);
  await sink.waitFor(1);
  expect(sink.messages[0]!.headers('Date')).toEqual(['5 Jan 2026 10:00:00 -0530']);
});
