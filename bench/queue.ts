// Measures a long queue of one account: how soon an urgent message overtakes it, what it costs while suspended, and how
// fast it is queued again.
// Options: --messages N (100000), --database sqlite|postgresql (sqlite)
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import type { Program } from '../test/support/programs/program.js';
import { mail, mails } from '../test/support/stage/mail.js';
import { addTenant } from '../test/support/stage/tenant.js';
import { percentiles } from './neighbour.js';
import { idleCost, layStage, pause } from './stage.js';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    database: { type: 'string', default: 'sqlite' },
  },
});
const messages = Number(options.messages);
const queueKey = 'mail-proxy:send.long.main:prioritized';
const urgents = 200;
const slowReplyMs = 200;
/** Jobs on the queue before it is suspended or lost. */
let queuedBefore = messages;

const stage = await layStage(options.database);
const redis = new Redis(stage.redis.url);
try {
  const slow = () => new Promise<undefined>((answer) => setTimeout(() => answer(undefined), slowReplyMs));
  const sink = await stage.sink({
    onData: ({ id }) => (id?.startsWith('urgent') ? undefined : slow()),
  });
  const service = await stage.program({ GMP_SWEEP_INTERVAL_SECONDS: '5', GMP_ACCOUNT_IDLE_SECONDS: '5' });
  const tenant = await addTenant(service, 'long', { server: sink });
  const low = { priority: 'low', batch_code: 'b' };
  const filling = await watched(service, async () => {
    for (let at = 0; at < messages; at += 1000) await tenant.handIn(service, mails(`m${at}`, 1000, low));
  });
  console.log(`${messages} handed in`, filling);

  const took: number[] = [];
  for (let i = 0; i < urgents; i++) {
    const began = performance.now();
    await tenant.handIn(service, [mail(`urgent-${i}`, { priority: 'immediate' })]);
    await sink.waitFor((all) => all.some(({ id }) => id === `urgent-${i}`));
    took.push(Math.round(performance.now() - began));
    // A random pause, so that the messages do not come in step with the server.
    await pause(50 + Math.random() * slowReplyMs);
  }
  console.log(`urgent past ${await redis.zcard(queueKey)}: ${percentiles(took)}`);

  for (const what of ['?tenant_id=long', '?tenant_id=long&batch_code=b', '?all=true']) {
    queuedBefore = await redis.zcard(queueKey);
    await command(service, `suspend${what}`);
    // Jobs of a suspended batch leave the queue one by one; then idle workers are closed.
    await untilStill();
    await pause(25_000);
    console.log(`suspended ${what}:`, await idleCost(service.pid, stage.redis.url, 10_000));
    const [began, sent] = [performance.now(), sink.count];
    const first = sink
      .waitFor(sent + 1, { timeoutMs: 120_000 })
      .then(() => Math.round(performance.now() - began));
    const activation = await watched(service, () => command(service, `activate${what}`));
    const answered = Math.round(performance.now() - began);
    const queued = await watched(service, untilQueued);
    console.log(`activated: answered after ${answered} ms, the first arrived after ${await first} ms`);
    console.log(activation, 'queued', queued);
    sink.clear();
  }

  queuedBefore = await redis.zcard(queueKey);
  await redis.flushall();
  console.log('all of Redis lost:', await watched(service, untilQueued));
  await pause(8000);
  const before = await adds();
  await command(service, 'run-now');
  await pause(8000);
  console.log(`jobs asked for by sweeps in the 8 s after: ${(await adds()) - before}`);
} finally {
  redis.disconnect();
  await stage.end();
}

async function command(service: Program, name: string): Promise<void> {
  const { status } = await service.api('POST', `/commands/${name}`, undefined, { timeoutMs: 120_000 });
  if (status !== 200) throw new Error(`${name}: ${status}`);
}

/** Waits until nearly all jobs are on the queue; the first of them are already being sent. */
async function untilQueued(): Promise<void> {
  while ((await redis.zcard(queueKey)) < queuedBefore * 0.97) await pause(20);
}

/** Waits until the queue has had the same length for two seconds. */
async function untilStill(): Promise<void> {
  for (let last = -1, now = 0; last !== now; ) {
    last = now;
    await pause(2000);
    now = await redis.zcard(queueKey);
  }
}

/** How many jobs were added so far: nearly every ZADD of Redis adds a job or puts one back in its place. */
async function adds(): Promise<number> {
  return Number(/cmdstat_zadd:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

/** How long the task takes, and the slowest answer of the service to another call meanwhile. */
async function watched(service: Program, task: () => Promise<void>) {
  let done = false;
  let slowest = 0;
  const probe = (async () => {
    while (!done) {
      const began = performance.now();
      await fetch(`${service.url}/health`);
      slowest = Math.max(slowest, performance.now() - began);
      await pause(5);
    }
  })();
  const began = performance.now();
  await task();
  const tookMs = Math.round(performance.now() - began);
  done = true;
  await probe;
  return { tookMs, slowestAnswerMs: Math.round(slowest) };
}
