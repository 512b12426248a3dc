// Measures what many accounts of one tenant cost the process and its other tenants: all with work at once, or a few with
// work among very many. Run it under `ulimit -n 1024` to see that so many open files suffice.
// Options: --accounts N (1000), --active N (as many), --each N messages (3), --delay N ms before the server takes a mail (0),
// --idle (also what open and closed workers cost), --database sqlite|postgresql (sqlite), --set GMP_NAME=value
import { parseArgs } from 'node:util';
import { addAccount, addTenant } from '../test/support/stage/tenant.js';
import { askEverySoOften } from './neighbour.js';
import type { Counts } from './rounds.js';
import { each, idleCost, layStage, memory, openFiles, pause, processorMs, redisLoad } from './stage.js';
import { startFarSide } from './start-far-side.js';

const { values: options } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1000' },
    active: { type: 'string' },
    each: { type: 'string', default: '3' },
    delay: { type: 'string', default: '0' },
    idle: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true, default: [] },
    database: { type: 'string', default: 'sqlite' },
  },
});
const accounts = Number(options.accounts);
const active = Number(options.active ?? options.accounts);
const messages = active * Number(options.each);
const idleSeconds = 5;
const settings = {
  // As it is by default.
  GMP_SWEEP_INTERVAL_SECONDS: '5',
  ...(options.idle && { GMP_ACCOUNT_IDLE_SECONDS: String(idleSeconds) }),
  ...Object.fromEntries(options.set.map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
};

const stage = await layStage(options.database);
const far = await startFarSide(Number(options.delay));
try {
  const server = { host: '127.0.0.1', port: far.smtpPort };
  const first = await stage.program(settings);
  await addTenant(first, 'crowd');
  await each(accounts, 20, (i) => addAccount(first, 'crowd', `a-${i}`, server));
  await first.term();

  const startedAt = performance.now();
  const service = await stage.program(settings);
  const startMs = Math.round(performance.now() - startedAt);
  await pause(3000);
  console.log(`${accounts} accounts: ready after ${startMs} ms`);
  if (options.idle) console.log('before any work ', await idleCost(service.pid, stage.redis.url, 10_000));
  const neighbour = await askEverySoOften(stage, service);

  const step = Math.floor(accounts / active);
  const all = Array.from({ length: messages }, (_, i) => ({
    id: `m-${i}`,
    tenant_id: 'crowd',
    account_id: `a-${(i % active) * step}`,
    from: 'from@example.com',
    to: 'to@example.org',
    subject: `Message ${i}`,
    body: `${'x'.repeat(76)}\r\n`.repeat(26),
  }));
  const [beganAt, cpuBefore] = [performance.now(), processorMs(service.pid)];
  for (let at = 0; at < all.length; at += 500) {
    const answer = await service.api('POST', '/commands/add-messages', { messages: all.slice(at, at + 500) });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }
  const handedInMs = Math.round(performance.now() - beganAt);
  let [connections, files] = [0, 0];
  const delivered = async () => (await far.ask<Counts>('counts')).delivered;
  while ((await delivered()) < messages && performance.now() - beganAt < 300_000) {
    connections = Math.max(connections, (await redisLoad(stage.redis.url)).connections);
    files = Math.max(files, openFiles(service.pid));
    await pause(100);
  }
  const tookMs = Math.round(performance.now() - beganAt);
  const cpuMs = processorMs(service.pid) - cpuBefore;
  const { most } = memory(service.pid);
  console.log(
    `${await delivered()} of ${messages} messages of ${active} accounts handed in after ${handedInMs} ms, delivered after ` +
      `${tookMs} ms and ${cpuMs} ms of processor time; resident memory at most ${most} MB, ${connections} connections to Redis, ${files} open files`,
  );
  console.log('a neighbour, from POST to delivery:', await neighbour.end());
  if (options.idle) {
    console.log('workers open    ', await idleCost(service.pid, stage.redis.url, 3000));
    await pause(idleSeconds * 3000 + 15_000);
    console.log('workers closed  ', await idleCost(service.pid, stage.redis.url, 10_000));
  }
  await service.term();
} finally {
  far.end();
  await stage.end();
}
