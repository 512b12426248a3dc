// A server's limit on connections slows an account down to what the server takes, over all processes and restarts, and
// costs no message an attempt or a pause.
import { expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

const tooMany = { code: 421, message: '4.7.0 mx.test Error: too many connections from 127.0.0.1' };

/** Takes so many connections at once, and each mail after a moment. */
async function limitedSink(stage: Stage, most: number, refusal: typeof tooMany | 'drop' = tooMany) {
  const seen = { refused: 0, most: 0 };
  const sink: SmtpSink = await stage.sink({
    delayMs: 50,
    onConnect: () => {
      seen.most = Math.max(seen.most, sink.connections);
      if (sink.connections <= most) return undefined;
      seen.refused += 1;
      return refusal;
    },
  });
  return { sink, seen };
}

async function expectUnharmed(service: Service, tenant: Tenant) {
  const all = await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(all.map(({ retry_count }) => retry_count)).toEqual(all.map(() => 0));
  const events = all.flatMap(({ history }) => history.map(({ event_type }) => event_type));
  expect(events.filter((type) => type !== 'queued' && type !== 'sent')).toEqual([]);
}

/** A mail server's refusal is read outside of the database; what was learned of it is also stored on PostgreSQL below. */
const onSqlite = test.runIf(process.env.TEST_DATABASE === 'sqlite');

onSqlite.each([
  ['421', tooMany],
  ['closed', 'drop'],
] as const)('60 mails to a server that takes 3 connections, further ones %s', async (id, refusal) => {
  const stage = await setStage();
  const service = await stage.service();
  const { sink, seen } = await limitedSink(stage, 3, refusal);
  const tenant = await addTenant(service, id, { server: sink });
  await tenant.handIn(service, mails('m', 60));
  await sink.waitFor(60, { timeoutMs: 60_000 });
  await expectUnharmed(service, tenant);
  await service.term();

  seen.refused = 0;
  const again = await stage.service();
  await tenant.handIn(again, mails('n', 60));
  await sink.waitFor(120, { timeoutMs: 60_000 });
  await expectUnharmed(again, tenant);
  // What was learned before the restart is known: at most one connection more was tried meanwhile.
  expect(seen.refused).toBeLessThanOrEqual(2);
});

test('two processes share what a server takes', async () => {
  const stage = await setStage();
  const one = await stage.program();
  const two = await stage.service();
  const { sink } = await limitedSink(stage, 3);
  const tenant = await addTenant(one, 'shared', { server: sink });
  await Promise.all([tenant.handIn(one, mails('m', 40)), tenant.handIn(two, mails('n', 40))]);
  await sink.waitFor(80, { timeoutMs: 90_000 });
  await expectUnharmed(one, tenant);
});

test('max_connections of an account holds over two processes, also when one of them is killed', async () => {
  const stage = await setStage();
  const one = await stage.program();
  const two = await stage.service();
  const { sink, seen } = await limitedSink(stage, 100);
  const tenant = await addTenant(one, 'max', { server: sink, account: { max_connections: 2 } });
  await Promise.all([tenant.handIn(one, mails('m', 40)), tenant.handIn(two, mails('n', 40))]);
  await sink.waitFor(30, { timeoutMs: 90_000 });
  expect(seen.most).toBeLessThanOrEqual(2);
  await one.kill();
  await sink.waitFor((messages) => new Set(messages.map(({ id }) => id)).size === 80, { timeoutMs: 90_000 });
  expect(seen.most).toBeLessThanOrEqual(2);
});
