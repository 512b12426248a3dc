// Lets writes into the database. On SQLite all writes that wait share one transaction.
import type { Clock } from '../../clock.js';
import type { PrismaClient as Client, Prisma } from '../generated/sqlite/client.js';
import type { RunnableStatement, RunStatements } from './transaction.js';
import { isMissingReference, isUnavailable } from './unavailable.js';

type ModelOperations = Prisma.PrismaPromise<unknown>[];

/** What one caller wants written, all or nothing: statements for the driver, or operations of Prisma's models. */
type Write =
  | { kind: 'statements'; statements: RunnableStatement[] }
  /** Prisma cannot run an operation twice, so they are built anew for every try. */
  | { kind: 'models'; build: (client: Client) => ModelOperations };

/** Resolves with the results of the write, in order, once they are durable. */
export type WriteNow = (write: Write) => Promise<unknown[]>;

/** Runs writes of one kind in one transaction. @returns the results of each */
type RunWrites = (writes: Write[]) => Promise<unknown[][]>;

interface PendingWrite {
  write: Write;
  resolve(results: unknown[]): void;
  reject(error: unknown): void;
}

/** While another process holds SQLite's lock: some 3 s in all, in which everything else goes on. */
const triesForLock = 25;
/** When two transactions got in each other's way. */
const triesForConflict = 10;
/** When a row was deleted between a statement's look at it and its reference to it: the next try sees that it is gone. */
const triesForReference = 3;
const longestPauseMs = 30;

/**
 * Prisma's SQLite adapter has one connection, and a statement outside a transaction would join the transaction that is
 * open. So all writes go through this gate. A commit waits for the disk, so one commit serves all writes that wait.
 */
export function openWriteGate(
  client: Client,
  runStatements: RunStatements,
  clock: Clock,
): { write: WriteNow; close(): Promise<void> } {
  let pending: PendingWrite[] = [];
  let running: Promise<void> | undefined;
  const runAll: RunWrites = (writes) =>
    retrying(clock, triesForLock, () => runInOne(client, runStatements, writes));

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      // Writes that become ready in this turn of the event loop join the transaction. The gate waits between two
      // transactions as well: SQLite answers without a turn, so a caller that writes again as soon as it is answered
      // would stop all timers and sockets.
      await new Promise((resolve) => setImmediate(resolve));
      const ready = pending;
      pending = [];
      await runInOrder(runAll, ofOneKind(ready));
    }
    running = undefined;
  }

  return {
    write: (write) =>
      new Promise<unknown[]>((resolve, reject) => {
        pending.push({ write, resolve, reject });
        running ??= drain();
      }),
    close: async () => {
      await running;
    },
  };
}

/** Answers every write. A database that does not answer one group is not waited for again with the next. */
async function runInOrder(run: RunWrites, groups: PendingWrite[][]): Promise<unknown> {
  let outage: unknown;
  for (const group of groups) {
    if (outage === undefined) outage = await runTogether(run, group);
    else for (const { reject } of group) reject(outage);
  }
  return outage;
}

/**
 * One write's fault must not cost the others: a transaction that fails is repeated write by write. Not when the
 * database is at fault, because each of them would wait for it again.
 * @returns the fault of a database that is unavailable
 */
async function runTogether(run: RunWrites, pending: PendingWrite[]): Promise<unknown> {
  try {
    const results = await run(pending.map(({ write }) => write));
    pending.forEach(({ resolve }, i) => {
      resolve(results[i] ?? []);
    });
  } catch (error) {
    const isOutage = isUnavailable(error);
    if (pending.length > 1 && !isOutage)
      return runInOrder(
        run,
        pending.map((one) => [one]),
      );
    for (const { reject } of pending) reject(error);
    return isOutage ? error : undefined;
  }
  return undefined;
}

/** PostgreSQL groups concurrent commits itself, so each write is a transaction of its own. */
export function writeAtOnce(client: Client, runStatements: RunStatements, clock: Clock): WriteNow {
  return async (write) => {
    const [results] = await retrying(clock, triesForConflict, () => runInOne(client, runStatements, [write]));
    return results ?? [];
  };
}

/** Statements go to the driver and models to Prisma, each on a connection of its own: no transaction has both. */
function ofOneKind(writes: PendingWrite[]): PendingWrite[][] {
  const groups: PendingWrite[][] = [];
  for (const pending of writes) {
    const last = groups.at(-1);
    if (last?.[0]?.write.kind === pending.write.kind) last.push(pending);
    else groups.push([pending]);
  }
  return groups;
}

/** Runs writes of one kind in one transaction, and answers each with its own results. */
async function runInOne(client: Client, runStatements: RunStatements, writes: Write[]): Promise<unknown[][]> {
  const statements = writes.map((write) => (write.kind === 'statements' ? write.statements : []));
  const models = writes.map((write) => (write.kind === 'models' ? write.build(client) : []));
  const results = statements.some(({ length }) => length > 0)
    ? await runStatements(statements.flat())
    : await client.$transaction(models.flat());
  let from = 0;
  return writes.map((_, i) => {
    const own = results.slice(from, from + (statements[i]?.length ?? 0) + (models[i]?.length ?? 0));
    from += own.length;
    return own;
  });
}

async function retrying<T>(clock: Clock, tries: number, run: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await run();
    } catch (error) {
      const most = isMissingReference(error) ? triesForReference : isContention(error) ? tries : 0;
      if (n >= most) throw error;
      await clock.sleep(Math.min(10 * n * n, longestPauseMs));
    }
  }
}

/** Another process held the lock (SQLite), or two transactions got in each other's way (PostgreSQL). */
export function isContention(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    ['P1008', 'P2034'].includes(code) ||
    /SQLITE_BUSY|database is locked|40P01|40001/.test(`${code} ${error.message}`)
  );
}
