// After Redis lost its data, every unsent message is queued again once and in order. A sweep that finds all messages
// queued adds nothing.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Booted, boot } from '../../src/boot.js';
import { readConfig } from '../../src/config.js';
import { restoreAfterLoss, restoreAfterSetBack } from '../../src/maintenance/restore-after-redis-loss.js';
import { sweep } from '../../src/maintenance/sweep.js';
import { openEnqueueSend } from '../../src/queue/enqueue-send.js';
import { findDueCalls } from '../../src/store/events/sync-times.js';
import { claimMessages } from '../../src/store/messages/claim.js';
import { findActivations } from '../../src/store/schedule/activations.js';
import { takeActivated } from '../../src/store/schedule/park-suspended.js';
import { activate, suspend } from '../../src/store/tenants/suspend.js';
import { freeze } from '../support/programs/freeze.js';
import type { Service } from '../support/programs/service.js';
import { waitFor } from '../support/programs/wait-for.js';
import { type RedisServer, startRedis } from '../support/servers/redis.js';
import { mails } from '../support/stage/mail.js';
import { type Stage, setStage } from '../support/stage/set-stage.js';
import { silentLog } from '../support/stage/silent-log.js';
import { addTenant, type Tenant } from '../support/stage/tenant.js';

const COUNT = 1200;
const env = {
  GMP_API_TOKEN: 'test-admin-token',
  GMP_ENCRYPTION_KEY: Buffer.alloc(32, 'key').toString('base64'),
  GMP_SWEEP_INTERVAL_SECONDS: '1',
};

let server: RedisServer;
let stage: Stage;
let service: Service;
let process: Booted;
let redis: Redis;
let tenant: Tenant;
beforeAll(async () => {
  server = await startRedis();
  stage = await setStage({ redis: server });
  redis = new Redis(stage.redis.url);
  service = await stage.service({ ...env, GMP_ROLES: 'api' });
  // Nobody sends: what is on a queue stays there.
  tenant = await addTenant(service, 'acme', { server: { host: '127.0.0.1', port: 1 } });
  for (let n = 0; n < COUNT; n += 400) await tenant.handIn(service, mails(`m${n}`, 400));
  const config = readConfig({ GMP_DB_PATH: stage.database.path, GMP_REDIS_URL: stage.redis.url, ...env });
  process = await boot(config, silentLog);
});
afterAll(async () => {
  await process.close();
  redis.disconnect();
});

const inLine = () => redis.zrange('mail-proxy:send.acme.main:prioritized', '0', '-1');

test('a new Redis gets every unsent message in the order of acceptance, page by page', async () => {
  expect(await restoreAfterLoss(process.ctx)).toBe(true);
  const line = await inLine();
  expect(line).toHaveLength(COUNT);
  expect(line).toEqual([...line].sort());
  expect(await restoreAfterLoss(process.ctx)).toBe(false);
});

test('an emptied Redis gets all messages again, and a sweep right afterwards queues nothing', async () => {
  const before = await inLine();
  await redis.flushall();
  expect(await restoreAfterLoss(process.ctx)).toBe(true);
  expect(await inLine()).toEqual(before);
  expect(await sweep(process.ctx)).toMatchObject({ queued: 0 });
});

test('restoring the queues schedules retention as before, by one process at a time', async () => {
  const { retention } = process.ctx.queues;
  await redis.flushall();
  await restoreAfterLoss(process.ctx);
  expect(await retention.getJobScheduler('retention')).toMatchObject({ every: 600_000 });
  expect(await retention.getGlobalConcurrency()).toBe(1);
});

test('while the queues are not restored, a sweep changes nothing and new messages wait', async () => {
  await redis.flushall();
  await tenant.handIn(service, mails('new', 1));
  expect(await sweep(process.ctx)).toMatchObject({ queued: 0 });
  expect(await inLine()).toEqual([]);
  expect(await restoreAfterLoss(process.ctx)).toBe(true);
  expect(await inLine()).toHaveLength(COUNT + 1);
});

test('the sweep queues only messages that are missing from their queue', async () => {
  const before = await inLine();
  // Not the new one: whoever took it in may be queueing it just now.
  const lost = before.slice(0, COUNT).filter((_, i) => i % 100 === 0);
  await redis.zrem('mail-proxy:send.acme.main:prioritized', ...lost);
  await redis.del(...lost.map((id) => `mail-proxy:send.acme.main:${id}`));
  await process.ctx.db.writeModels((models) => [models.message.updateMany({ data: { nextSweepAt: 0n } })]);
  expect(await sweep(process.ctx)).toMatchObject({ queued: lost.length });
  expect(await inLine()).toEqual(before);
});

test('after the clock was set back, recurring jobs run as often as before', async () => {
  const { ctx } = process;
  const reminders = [
    [ctx.queues.sweep, 'sweep', 1000],
    [ctx.queues.sweep, 'calls', 5000],
    [ctx.queues.retention, 'retention', 600_000],
  ] as const;
  // As a clock that was an hour ahead has left them.
  const startDate = Date.now() + 3_600_000;
  for (const [queue, name, every] of reminders) {
    await queue.removeJobScheduler(name);
    await queue.upsertJobScheduler(name, { every, startDate }, { name });
    expect((await queue.getJobScheduler(name))?.next).toBeGreaterThan(Date.now() + 3_000_000);
  }
  await restoreAfterSetBack(ctx);
  for (const [queue, name, every] of reminders) {
    expect((await queue.getJobScheduler(name))?.next).toBeLessThanOrEqual(Date.now() + every);
  }
});

test('after the clock was set back, reports and calls do not wait until the clock has caught up', async () => {
  const { ctx } = process;
  const tenants = { soon: 100_000, far: 3_600_000, quiet: 3_600_000 };
  for (const [id, ms] of Object.entries(tenants)) {
    await addTenant(service, id);
    const at = BigInt(Date.now() + ms);
    const data = {
      nextCallAt: at,
      ...(id === 'quiet' && { nextSyncAfter: at }),
      clientBaseUrl: 'http://app.test',
    };
    await ctx.db.writeModels((models) => [models.tenant.update({ where: { id }, data })]);
  }
  const job = { tenantId: 'far', occasion: 'events' } as const;
  await ctx.queues.report.add('events', job, { jobId: 'waits', delay: 3_600_000 });
  await restoreAfterSetBack(ctx);
  expect(await ctx.queues.report.getDelayedCount()).toBe(0);
  expect(await ctx.queues.report.getJobState('waits')).toBe('waiting');
  expect((await findDueCalls(ctx)).filter((id) => id in tenants)).toEqual(['far']);
});

test('the next sweep finds old messages that a sweep has taken and Redis did not get', async () => {
  const { ctx } = process;
  const before = await inLine();
  const lost = before.slice(0, 700);
  await redis.zrem('mail-proxy:send.acme.main:prioritized', ...lost);
  await redis.del(...lost.map((id) => `mail-proxy:send.acme.main:${id}`));
  const created = BigInt(Date.now() - 86_400_000);
  await ctx.db.writeModels((models) => [
    models.message.updateMany({ data: { nextSweepAt: 0n, createdAt: created } }),
  ]);
  const failing = Object.assign(Object.create(ctx.redis), {
    zmscore: () => Promise.reject(new Error('READONLY')),
  });
  expect(await sweep({ ...ctx, redis: failing })).toMatchObject({ queued: 0 });
  let queued = 0;
  await waitFor('all to be queued', async () => {
    queued += (await sweep(ctx)).queued;
    return (await inLine()).length === before.length;
  });
  expect(queued).toBe(lost.length);
  expect(await inLine()).toEqual(before);
});

test('messages suspended while Redis lost its data are queued in order after activation, even if the activating process dies', async () => {
  const before = await inLine();
  const { ctx } = process;
  await suspend(ctx, 'acme', '*');
  await redis.flushall();
  expect(await restoreAfterLoss(ctx)).toBe(true);
  expect(await inLine()).toEqual([]);
  await activate(ctx, 'acme', '*');
  // As far as a process that is killed may get.
  const [activation] = await findActivations(ctx);
  const taken = await takeActivated(ctx, activation!, { size: 500, sweepAgainMs: 0, after: undefined });
  expect(taken.open).toHaveLength(500);
  expect(await sweep(ctx)).toMatchObject({ queued: before.length });
  expect(await inLine()).toEqual(before);
  expect(await findActivations(ctx)).toEqual([]);
});

test('a Redis that hangs is sent a bounded number of messages, and takes them once it goes on', async () => {
  // One tenant alone may use half of it.
  const enqueueSend = openEnqueueSend(process.ctx, 10_000);
  const call = (n: number) => {
    const names = Array.from({ length: 1000 }, (_, i) => `x-${n}-${i}`);
    const fields = { tenantId: 'frozen', accountId: null, priority: 2, attempts: 0, dueAt: 0 };
    enqueueSend(names.map((name) => ({ pk: name, revision: name, ...fields })));
  };
  const queued = (count: number) =>
    waitFor(`${count} to be queued`, async () => (await redis.zcard(frozen)) === count);
  const frozen = 'mail-proxy:send.frozen:prioritized';
  const thaw = freeze(server.pid);
  onTestFinished(thaw);
  for (let n = 0; n < 7; n++) call(n);
  thaw();
  await queued(5000);
  call(7);
  await queued(6000);
});

test('the sweep releases messages that an unregistered process had claimed', async () => {
  const { ctx } = process;
  const one = await ctx.db.read.message.findFirstOrThrow({
    where: { status: { in: ['pending', 'deferred'] } },
  });
  const ghost = { ...ctx, processId: 'ghost' };
  await ctx.db.writeModels((models) => [models.message.updateMany({ data: { dueAt: 0n } })]);
  expect(await claimMessages(ghost, [one])).toMatchObject([{ pk: one.pk }]);
  const data = { nextSweepAt: 0n, updatedAt: 0n };
  await ctx.db.writeModels((models) => [models.message.updateMany({ where: { claimedBy: 'ghost' }, data })]);
  expect(await sweep(ctx)).toMatchObject({ released: 1 });
});
