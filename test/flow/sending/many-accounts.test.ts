// Many accounts in one process: all are served, what is done with them ends, and none sends twice before another has sent once.
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Program } from '../../support/programs/program.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { SmtpAnswer } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

/** bench/accounts.ts runs a thousand. */
const ACCOUNTS = 200;
const MOST_MB = 600;

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
let service: Program;
let redis: Redis;
beforeAll(async () => {
  stage = await setStage();
  redis = new Redis(stage.redis.url);
  service = await stage.program({
    GMP_MAX_CONCURRENT_SENDS: '10',
    GMP_MAX_CONCURRENT_PER_ACCOUNT: '5',
    GMP_ACCOUNT_IDLE_SECONDS: '1',
  });
});
afterAll(async () => {
  redis.disconnect();
});

/** Those of workers and their like: each waits for jobs on one of its own. */
async function connections(): Promise<number> {
  return String(await redis.client('LIST'))
    .trim()
    .split('\n').length;
}

test('all accounts are served at once, their workers end when there is no more, and begin anew with new work', async () => {
  const sink = await stage.sink();
  await addTenant(service, 'crowd');
  const atRest = await connections();
  const names = Array.from({ length: ACCOUNTS }, (_, i) => `a-${i}`);
  await Promise.all(names.map((name) => addAccount(service, 'crowd', name, sink)));
  const tenant = { tenant_id: 'crowd' };
  const all = names.flatMap((name) => mails(name, 3, { ...tenant, account_id: name }));
  const { body } = await service.api('POST', '/commands/add-messages', { messages: all });
  expect(body).toMatchObject({ queued: all.length });
  await sink.waitFor(all.length, { timeoutMs: 90_000 });
  expect(new Set(sink.messages.map(({ id }) => id)).size).toBe(all.length);
  const most = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1];
  expect(Number(most) / 1024).toBeLessThan(MOST_MB);

  const closed = async () => (await connections()) <= atRest;
  await waitFor('the workers to end', closed, { timeoutMs: 40_000 });
  const again = [mail('again', { ...tenant, account_id: 'a-7' })];
  const later = [mail('later', { ...tenant, account_id: 'a-8', deferred_ts: Date.now() / 1000 + 1 })];
  await service.api('POST', '/commands/add-messages', { messages: [...again, ...later] });
  await sink.waitFor(all.length + 2);
});

test('with all send slots taken, every account that waits gets one before any gets a second', async () => {
  const held: ((answer: SmtpAnswer) => void)[] = [];
  const sinks = await Promise.all(
    Array.from({ length: 15 }, () =>
      stage.sink({ onData: () => new Promise((answer) => held.push(answer)) }),
    ),
  );
  const tenant = await addTenant(service, 'fair');
  for (const [i, sink] of sinks.entries()) await addAccount(service, 'fair', `f-${i}`, sink);
  // Of the first there is much more than of all others together, and it comes first.
  await tenant.handIn(service, mails('greedy', 100, { account_id: 'f-0' }));
  await waitFor('its sends to begin', () => held.length > 0);
  await tenant.handIn(
    service,
    sinks.flatMap((_, i) => (i === 0 ? [] : mails(`m${i}`, 5, { account_id: `f-${i}` }))),
  );
  // Not one reply is given: whoever has a turn keeps it, or steps aside.
  await waitFor('every account to be sending', () => sinks.every(({ attempts }) => attempts.length > 0));
  // What began later does not count: the last account had got its slot by then.
  const all = Math.max(...sinks.map(({ attempts }) => attempts[0]?.receivedAt ?? 0));
  const [greedy = 0, ...others] = sinks.map(
    ({ attempts }) => attempts.filter(({ receivedAt }) => receivedAt <= all).length,
  );
  // Half of the turns, while nobody else wanted them, and none since.
  expect(greedy).toBeLessThanOrEqual(5);
  expect(Math.max(...others)).toBeLessThanOrEqual(2);

  const answer = setInterval(() => {
    for (const one of held.splice(0)) one(undefined);
  }, 5);
  await tenant.untilAll(service, ({ status }) => status === 'sent');
  clearInterval(answer);
});
