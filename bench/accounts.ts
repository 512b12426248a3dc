// Measures what many accounts cost one process: all with work at once, or a few with work among very many.
// Options: --accounts N (1000), --active N (as many), --each N messages (3), --database sqlite|postgresql (sqlite)
import { parseArgs } from 'node:util';
import { addAccount, addTenant } from '../test/support/stage/tenant.js';
import { each, idleCost, layStage, memory, pause, redisLoad } from './stage.js';

const { values: options } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1000' },
    active: { type: 'string' },
    each: { type: 'string', default: '3' },
    database: { type: 'string', default: 'sqlite' },
  },
});
const accounts = Number(options.accounts);
const active = Number(options.active ?? options.accounts);
const messages = active * Number(options.each);
const idleSeconds = 5;

const stage = await layStage(options.database);
try {
  const sink = await stage.sink({ keepMessages: false });
  const settings = { GMP_ACCOUNT_IDLE_SECONDS: String(idleSeconds), GMP_SWEEP_INTERVAL_SECONDS: '5' };
  const first = await stage.program(settings);
  await addTenant(first, 'crowd');
  await each(accounts, 20, (i) => addAccount(first, 'crowd', `a-${i}`, sink));
  await first.term();

  const startedAt = performance.now();
  const service = await stage.program(settings);
  const startMs = Math.round(performance.now() - startedAt);
  await pause(3000);
  console.log(`${accounts} accounts: ready after ${startMs} ms`);
  console.log('before any work ', await idleCost(service.pid, stage.redis.url, 10_000));

  const step = Math.floor(accounts / active);
  const all = Array.from({ length: messages }, (_, i) => ({
    id: `m-${i}`,
    tenant_id: 'crowd',
    account_id: `a-${(i % active) * step}`,
    from: 'from@example.com',
    to: 'to@example.org',
    subject: `Message ${i}`,
    body: 'x'.repeat(2000),
  }));
  const beganAt = performance.now();
  for (let at = 0; at < all.length; at += 500) {
    const answer = await service.api('POST', '/commands/add-messages', { messages: all.slice(at, at + 500) });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }
  let connections = 0;
  while (sink.count < messages && performance.now() - beganAt < 300_000) {
    connections = Math.max(connections, (await redisLoad(stage.redis.url)).connections);
    await pause(200);
  }
  const tookMs = Math.round(performance.now() - beganAt);
  const { most } = memory(service.pid);
  console.log(
    `${sink.count} of ${messages} messages of ${active} accounts delivered in ${tookMs} ms; ` +
      `resident memory at most ${most} MB, ${connections} connections to Redis`,
  );
  console.log('workers open    ', await idleCost(service.pid, stage.redis.url, 3000));
  await pause(idleSeconds * 3000 + 15_000);
  console.log('workers closed  ', await idleCost(service.pid, stage.redis.url, 10_000));
  await service.term();
} finally {
  await stage.end();
}
