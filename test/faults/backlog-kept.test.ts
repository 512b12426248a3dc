// A database that goes away while much waits to be sent: no message leaves its queue for that, and all leave in order
// once it is back, however long it is until the sweep would have looked.
import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { Service } from '../support/programs/service.js';
import { waitFor } from '../support/programs/wait-for.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import type { SmtpSink } from '../support/servers/smtp-sink.js';
import { type FreshDatabase, freshDatabase } from '../support/stage/databases.js';
import { mails } from '../support/stage/mail.js';
import { openStage, type Stage } from '../support/stage/set-stage.js';
import { query } from '../support/stage/tables.js';
import { addTenant } from '../support/stage/tenant.js';

/** As many as are queued together: those become due in their order. */
const count = 100;
const settings = { GMP_MAX_CONCURRENT_PER_ACCOUNT: '1', GMP_SHUTDOWN_GRACE_SECONDS: '30' };
/** From the answer to the calls until the messages are due: time to take the database away. */
const leadMs = 12_000;
/** Within it the sweep, which would look in an hour, cannot have helped. */
const patience = { timeoutMs: 120_000 };
const ids = mails('m', count).map(({ id }) => id);

interface Breakable extends FreshDatabase {
  away(): Promise<void>;
  back(): Promise<void>;
}

interface Scene {
  stage: Stage;
  redis: Redis;
  sink: SmtpSink;
  service: Service;
  database: Breakable;
  /** When the messages become due; set by `goAway`. */
  dueAt: number;
}

async function sqlite(): Promise<Breakable> {
  const fresh = await freshDatabase();
  let other: Database.Database | undefined;
  return {
    ...fresh,
    async away() {
      other = new Database(fresh.path);
      other.exec('BEGIN EXCLUSIVE');
    },
    async back() {
      other?.close();
    },
  };
}

async function postgresql(): Promise<Breakable> {
  const server: PostgresServer = await startPostgres();
  return {
    kind: 'postgresql',
    path: await server.createDatabase(),
    drop: server.stop,
    away: server.kill,
    back: server.restart,
  };
}

/** SQLite is waited for in the process, which would hold up the test as well. */
function start(stage: Stage): Promise<Service> {
  return stage.database.kind === 'sqlite' ? stage.program(settings) : stage.service(settings);
}

/** All scenes play at once, because each is mostly waiting. */
async function play(lay: () => Promise<Breakable>, act: (scene: Scene) => Promise<void>): Promise<void> {
  const database = await lay();
  const stage = await openStage({ database });
  const redis = new Redis(stage.redis.url);
  try {
    const [sink, service] = await Promise.all([stage.sink(), start(stage)]);
    await act({ stage, redis, sink, service, database, dueAt: 0 });
  } finally {
    redis.disconnect();
    await database.back();
    await stage.remove();
  }
}

/** Old messages that the sweep would look at in an hour become due, the database being away. */
async function goAway(scene: Scene, away: () => Promise<unknown> = scene.database.away): Promise<void> {
  const { service, sink, database } = scene;
  const tenant = await addTenant(service, 'acme', { server: sink });
  scene.dueAt = Math.ceil((Date.now() + leadMs) / 1000) * 1000;
  await tenant.handIn(service, mails('m', count, { deferred_ts: scene.dueAt / 1000 }));
  await waitFor('all to be queued', async () => (await queued(scene)) === count);
  const now = Date.now();
  await query(
    database,
    `UPDATE messages SET next_sweep_at = ${now + 3_600_000}, created_at = ${now - 86_400_000} WHERE status = 'deferred'`,
  );
  await away();
  expect(Date.now()).toBeLessThan(scene.dueAt);
}

async function queued({ redis }: Scene): Promise<number> {
  const key = (name: string) => `mail-proxy:send.acme.main:${name}`;
  const [ready, later, active] = await Promise.all([
    redis.zcard(key('prioritized')),
    redis.zcard(key('delayed')),
    redis.llen(key('active')),
  ]);
  return ready + later + active;
}

const untilItHasLasted = ({ dueAt }: Scene, ms: number) =>
  waitFor('the outage to have lasted', () => Date.now() > dueAt + ms, patience);

async function allLeaveInOrder({ sink }: Scene): Promise<void> {
  await sink.waitFor(count, patience);
  expect(sink.messages.map(({ id }) => id)).toEqual(ids);
}

describe.concurrent.each([{ lay: sqlite }, { lay: postgresql }])(
  '$lay.name',
  { timeout: 400_000 },
  ({ lay }) => {
    test('what waits stays on its queue, told of in one line, and leaves in order within seconds', () =>
      play(lay, async (scene) => {
        const { database, service } = scene;
        await goAway(scene);
        await untilItHasLasted(scene, 8000);
        const told = 'The database is unavailable; sending waits for it';
        await waitFor('the outage to be told of', () => service.output().includes(told), patience);
        expect(await queued(scene)).toBe(count);
        await database.back();
        await allLeaveInOrder(scene);
        const lines = service.output().split('\n');
        expect(lines.filter((line) => line.includes(told))).toHaveLength(1);
        expect(lines.filter((line) => line.includes('An attempt broke off'))).toEqual([]);
      }));

    test('an unknown fault costs a message a second, instead of all at once', () =>
      play(lay, async (scene) => {
        const { database, service, sink } = scene;
        const rename = (from: string, to: string) => query(database, `ALTER TABLE ${from} RENAME TO ${to}`);
        await goAway(scene, () => rename('message_contents', 'elsewhere'));
        await untilItHasLasted(scene, 5000);
        await rename('elsewhere', 'message_contents');
        const left = await queued(scene);
        expect(left).toBeGreaterThan(count - 10);
        expect(service.output()).toContain('An attempt broke off');
        await sink.waitFor(left - 1, patience);
      }));

    test('a service told to stop meanwhile ends, and after the next start all leaves in order', () =>
      play(lay, async (scene) => {
        await goAway(scene);
        await untilItHasLasted(scene, 3000);
        expect(await scene.service.term()).toBe(0);
        expect(await queued(scene)).toBe(count);
        await scene.database.back();
        await start(scene.stage);
        await allLeaveInOrder(scene);
      }));
  },
);
