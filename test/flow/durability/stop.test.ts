// A stop finishes what is in flight and leaves nothing behind; what was finished is not done again.
import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import type { Program } from '../../support/programs/program.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { gatedSink } from '../../support/servers/gated-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

/** Empty: the service starts a redis-server of its own. */
const PRIVATE_REDIS = { GMP_REDIS_URL: '' };

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

async function stopWhileSending(signal: NodeJS.Signals, env: Record<string, string>): Promise<void> {
  const sink = await gatedSink(stage);
  sink.hold();
  const app = await stage.app();
  const settings = { ...env, GMP_MAX_CONCURRENT_PER_ACCOUNT: '3' };
  const first = await stage.program(settings);
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  await tenant.handIn(first, mails('m', 5));
  await sink.waitFor((_messages, { attempts }) => attempts.length === 3);
  process.kill(first.pid, signal);
  await waitFor('it to take no more calls', () => refusesCalls(first));
  sink.release();
  expect(await first.exited).toEqual({ code: 0, signal: null });
  const finished = sink.ids();
  expect(finished.slice(0, 3).sort()).toEqual(['m-1', 'm-2', 'm-3']);
  expect(sink.attempts).toHaveLength(finished.length);
  expect(processesOf(stage.database.path, first)).toEqual([]);

  sink.hold();
  const second = await stage.service(settings);
  const recorded = (await tenant.list(second)).filter(({ status }) => status === 'sent');
  expect(recorded.map(({ id }) => id).sort()).toEqual(finished.sort());
  sink.release();
  await tenant.handIn(second, [mail('last')]);
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
  expect([sink.attempts.length, countIds(sink.attempts).size]).toEqual([6, 6]);
  expect([app.entries.length, countIds(app.entries).size]).toEqual([6, 6]);
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets the sends under way finish and records them; exit code 0, and nothing is sent twice',
  (signal) => stopWhileSending(signal, {}),
);

test('a service with a Redis of its own ends it too, and finds its work again', () =>
  stopWhileSending('SIGTERM', PRIVATE_REDIS));

test('a send that does not finish within the grace is left, with exit code 1, and taken up at the next start', async () => {
  const sink = await stage.sink({ onData: (_message, n) => (n === 1 ? 'hang' : undefined) });
  const first = await stage.program({ GMP_SHUTDOWN_GRACE_SECONDS: '1' });
  const tenant = await addTenant(first, 'acme', { server: sink });
  await tenant.handIn(first, [mail('m')]);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 1);
  expect(await first.term()).toBe(1);

  const second = await stage.service();
  await tenant.until(second, 'm', ({ status }) => status === 'sent');
  const [left, taken] = sink.attempts;
  expect(taken!.header('Message-ID')).toBe(left!.header('Message-ID'));
});

test('a service killed with its own Redis can be started again at once; no redis-server stays behind', async () => {
  const sink = await stage.sink({ delayMs: 100 });
  const app = await stage.app();
  const first = await stage.program(PRIVATE_REDIS);
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  await tenant.handIn(first, mails('m', 20));
  await sink.waitFor((_messages, { attempts }) => attempts.length > 0);
  expect(processesOf(stage.database.path)).toContainEqual(expect.stringContaining('redis-server'));
  await first.kill();
  const second = await stage.program(PRIVATE_REDIS);
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
  expect(countIds(sink.messages).size).toBe(20);
  await second.kill();
  await waitFor('the redis-server to end', () => processesOf(stage.database.path, second).length === 0);
});

async function refusesCalls({ url }: Program): Promise<boolean> {
  return fetch(`${url}/health`).then(
    () => false,
    () => true,
  );
}

/** The command lines of processes that name the database, or are the service. */
function processesOf(databasePath: string, service?: Program): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const mine = line.includes(databasePath) || Number(pid) === service?.pid;
        return mine && !line.startsWith('postgres') ? [line] : [];
      } catch {
        return []; // it has just ended
      }
    });
}
