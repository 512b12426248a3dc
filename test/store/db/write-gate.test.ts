// The way into the database: many writes in one transaction, none of which pays for another's fault or is seen too early.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../src/store/db/sql.js';
import { onPostgres } from '../../../src/store/db/sql-parts.js';
import { rows, run } from '../../../src/store/db/transaction.js';
import { type FreshDatabase, freshDatabase } from '../../support/stage/databases.js';
import { openStore, type StoreContext } from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

let database: FreshDatabase;
let ctx: StoreContext;
let other: StoreContext;
beforeAll(async () => {
  database = await freshDatabase();
  ctx = await openStore(database.path);
  other = await openStore(database.path);
});
afterAll(async () => {
  await Promise.all([ctx.db.close(), other.db.close()]);
  await database.drop();
});

const tenant = (id: string, name = id) => ({ id, name, createdAt: 0n, updatedAt: 0n });
const add = (id: string, at = ctx) =>
  at.db.writeModels((models) => [models.tenant.create({ data: tenant(id) })]);
const idsLike = async (start: string) => {
  const where = { id: { startsWith: start } };
  return (await ctx.db.read.tenant.findMany({ where, orderBy: { id: 'asc' } })).map(({ id }) => id);
};

test('what was written is there for the next read, and for another process', async () => {
  const [made] = await add('a1');
  expect(made).toMatchObject({ id: 'a1' });
  expect(await idsLike('a')).toEqual(['a1']);
  expect(await other.db.read.tenant.count({ where: { id: 'a1' } })).toBe(1);
});

test('writes of the same moment are each answered with their own results', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      ctx.db.writeModels<[{ id: string }, number]>((models) => [
        models.tenant.create({ data: tenant(`b${String(i).padStart(2, '0')}`) }),
        models.tenant.count({ where: { id: `b${String(i).padStart(2, '0')}` } }),
      ]),
    ),
  );
  expect(answers.map(([{ id }, count]) => [id, count])).toEqual((await idsLike('b')).map((id) => [id, 1]));
  expect(answers).toHaveLength(50);
});

test('a write that fails costs none of those that went with it, and is told why', async () => {
  await add('c0');
  const settled = await Promise.allSettled([add('c1'), add('c0'), add('c2')]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(settled[1]).toMatchObject({ reason: { code: 'P2002' } });
  expect(await idsLike('c')).toEqual(['c0', 'c1', 'c2']);
});

test('a write is all or nothing: when its second statement fails, the first has not happened', async () => {
  const both = ctx.db.writeModels((models) => [
    models.tenant.create({ data: tenant('d1') }),
    models.tenant.update({ where: { id: 'nobody' }, data: { name: 'x' } }),
  ]);
  await expect(both).rejects.toMatchObject({ code: 'P2025' });
  expect(await idsLike('d')).toEqual([]);
});

test('a read never sees a part of a write, nor what was not committed', async () => {
  await ctx.db.writeModels((models) => [
    models.tenant.create({ data: tenant('e1', '0') }),
    models.tenant.create({ data: tenant('e2', '0') }),
  ]);
  const seen: string[] = [];
  let writing = true;
  const reading = (async () => {
    while (writing) {
      const rows = await ctx.db.read.tenant.findMany({ where: { id: { in: ['e1', 'e2'] } } });
      seen.push(rows.map(({ name }) => name).join());
      // SQLite answers without a turn of the event loop: the writes would never have theirs.
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let n = 1; n <= 40; n++) {
    const end = n % 2 === 0 ? 'nobody' : 'e2';
    const change = ctx.db.writeModels((models) => [
      models.tenant.update({ where: { id: 'e1' }, data: { name: String(n) } }),
      models.tenant.update({ where: { id: end }, data: { name: String(n) } }),
    ]);
    await change.catch(() => undefined);
  }
  writing = false;
  await reading;
  const pairs = seen.map((names) => names.split(','));
  expect(pairs.filter(([one, two]) => one !== two)).toEqual([]);
  expect(pairs.filter(([one]) => Number(one) > 0 && Number(one) % 2 === 0)).toEqual([]);
  expect(seen.length).toBeGreaterThan(0);
});

test('timers go off although somebody writes again as soon as he is answered', async () => {
  let gone = false;
  setTimeout(() => {
    gone = true;
  }, 0);
  for (let n = 0; n < 100 && !gone; n++) await add(`h${n}`);
  expect(gone).toBe(true);
});

test('two processes that write at once wait for each other and lose nothing', async () => {
  const ids = Array.from({ length: 60 }, (_, i) => `f${String(i).padStart(2, '0')}`);
  await Promise.all(ids.map((id, i) => add(id, i % 2 === 0 ? ctx : other)));
  expect(await idsLike('f')).toEqual(ids);
});

test('closing waits for the writes that were asked for', async () => {
  const third = await openStore(database.path);
  const written = Promise.all([add('g1', third), add('g2', third)]);
  await third.db.close();
  await written;
  expect(await idsLike('g')).toEqual(['g1', 'g2']);
});

test('a commit is on disk when it is answered', async () => {
  if (database.kind === 'postgresql') {
    const shown = await ctx.db.query(rows(sql`SHOW synchronous_commit`));
    expect(shown).toEqual([{ synchronous_commit: 'on' }]);
    return;
  }
  expect(await query(database, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  const { pragma } = await ctx.db.transaction({
    pragma: rows<{ synchronous: bigint }>(sql`SELECT synchronous FROM pragma_synchronous`),
  });
  expect(Number(pragma[0]?.synchronous)).toBe(2);
});

interface StoredTenant {
  id: string;
  name: string;
  at: bigint;
  active: boolean;
}

const insertTenant = (id: string) =>
  run(
    sql`INSERT INTO tenants (id, name, active, created_at, updated_at) VALUES (${id}, ${id}, ${true}, ${7}, 0)`,
  );
const addBySql = (id: string) =>
  ctx.db.transaction({
    added: insertTenant(id),
    lock: run(onPostgres(sql`SELECT id FROM tenants WHERE id = ${id} FOR UPDATE`)),
    found: rows<StoredTenant>(sql`SELECT id, name, created_at AS at, active FROM tenants WHERE id = ${id}`),
  });

test('statements are answered by name: rows, and how many rows were changed', async () => {
  const found = [{ id: 'p1', name: 'p1', at: 7n, active: true }];
  expect(await addBySql('p1')).toEqual({ added: 1, lock: database.kind === 'sqlite' ? 0 : 1, found });
  const again = {
    found: rows<StoredTenant>(sql`SELECT id, name, created_at AS at, active FROM tenants WHERE id = 'p1'`),
  };
  expect(await ctx.db.query(again.found)).toEqual(found);
  expect(await ctx.db.queries({ ...again, left: undefined })).toEqual({ found });
  expect(await ctx.db.transaction({})).toEqual({});
});

test('a statement sees what those before it in its transaction have changed', async () => {
  const { before, after } = await ctx.db.transaction({
    before: rows<{ id: string }>(sql`SELECT id FROM tenants WHERE id = 'r1'`),
    added: insertTenant('r1'),
    after: rows<{ id: string }>(sql`SELECT id FROM tenants WHERE id = 'r1'`),
  });
  expect([before, after]).toEqual([[], [{ id: 'r1' }]]);
});

test('statements and models that are written at the same moment are each answered with their own results', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => `s${String(i).padStart(2, '0')}`);
  const answers = await Promise.all(
    ids.map(async (id, i) => {
      if (i % 3 === 0) return (await add(id))[0].id;
      return (await addBySql(id)).found[0]?.id;
    }),
  );
  expect(answers).toEqual(ids);
  expect(await idsLike('s')).toEqual(ids);
});

test('of statements too, one transaction that fails costs the others nothing and leaves nothing behind', async () => {
  await addBySql('q0');
  const half = ctx.db.transaction({ first: insertTenant('q9'), second: insertTenant('q0') });
  const settled = await Promise.allSettled([addBySql('q1'), half, addBySql('q2')]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await idsLike('q')).toEqual(['q0', 'q1', 'q2']);
});

test('a large text is written all or nothing, and costs none of the writes that go with it', async () => {
  const large = 'x'.repeat(2_000_000);
  const insert = (id: string, name: string) =>
    run(sql`INSERT INTO tenants (id, name, created_at, updated_at) VALUES (${id}, ${name}, 0, 0)`);
  await add('large-0');
  const settled = await Promise.allSettled([
    ctx.db.transaction({ first: insert('large-1', large), second: insert('large-0', 'taken') }),
    ctx.db.transaction({ first: insert('large-2', large), second: insert('large-3', 'free') }),
    add('large-4'),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(await idsLike('large-')).toEqual(['large-0', 'large-2', 'large-3', 'large-4']);
  const stored = await other.db.read.tenant.findUnique({ where: { id: 'large-2' }, select: { name: true } });
  expect(stored?.name).toBe(large);
});
