// Lets writes into the database: on SQLite one transaction at a time, in which all that wait go together.
import type { Clock } from '../../clock.js';
import type { PrismaClient as Client, Prisma } from '../generated/sqlite/client.js';
import { keepingRaw, type RunRaw, transactWith } from './raw-statements.js';
import { isUnavailable } from './unavailable.js';

type Statements = Prisma.PrismaPromise<unknown>[];

/**
 * Runs the statements in one transaction and resolves with their results, in order, once they are durable.
 * `build` may be called again when the transaction has to be repeated.
 */
export type Write = <R extends unknown[]>(
  build: (client: Client) => { [K in keyof R]: Prisma.PrismaPromise<R[K]> },
) => Promise<R>;

interface Unit {
  build: (client: Client) => Statements;
  resolve(results: unknown[]): void;
  reject(error: unknown): void;
}

/** Of a transaction that another process keeps from the lock: some 3 s in all, in which everything else goes on. */
const triesForLock = 25;
/** Of one that got into the way of another. */
const triesForConflict = 5;
const longestPauseMs = 30;

/**
 * Prisma's SQLite adapter has one connection, and a statement outside a transaction would join whichever is open.
 * So everything that writes goes through here; and since a commit waits for the disk, one serves all that wait.
 */
export function openWriteGate(
  client: Client,
  runRaw: RunRaw,
  clock: Clock,
): { write: Write; close(): Promise<void> } {
  const keeping = keepingRaw(client);
  const transact = transactWith(client, runRaw);
  let waiting: Unit[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // What becomes ready in this turn of the event loop goes with it. Between two transactions as well: SQLite answers
      // without a turn, so who writes again as soon as he is answered would stop all timers and sockets.
      await new Promise((resolve) => setImmediate(resolve));
      const units = waiting;
      waiting = [];
      await runTogether(units);
    }
    running = undefined;
  }

  /**
   * One unit's fault must not cost the others: a transaction that fails is repeated unit by unit. Not when the database
   * is at fault: each of them would wait for it again.
   */
  async function runTogether(units: Unit[]): Promise<void> {
    try {
      const sizes: number[] = [];
      const results = await retrying(clock, triesForLock, () => {
        sizes.length = 0;
        const statements = units.flatMap((unit) => {
          const own = unit.build(keeping);
          sizes.push(own.length);
          return own;
        });
        return transact(statements);
      });
      let from = 0;
      units.forEach((unit, i) => {
        const to = from + (sizes[i] ?? 0);
        unit.resolve(results.slice(from, to));
        from = to;
      });
    } catch (error) {
      if (units.length === 1 || isUnavailable(error)) for (const { reject } of units) reject(error);
      else for (const unit of units) await runTogether([unit]);
    }
  }

  const write = (build: Unit['build']) =>
    new Promise<unknown[]>((resolve, reject) => {
      waiting.push({ build, resolve, reject });
      running ??= run();
    });
  return {
    write: write as Write,
    close: async () => {
      await running;
    },
  };
}

/** PostgreSQL gathers concurrent commits itself. */
export function writeAtOnce(client: Client, runRaw: RunRaw, clock: Clock): Write {
  const keeping = keepingRaw(client);
  const transact = transactWith(client, runRaw);
  const write = (build: Unit['build']) => retrying(clock, triesForConflict, () => transact(build(keeping)));
  return write as Write;
}

async function retrying<T>(clock: Clock, tries: number, run: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await run();
    } catch (error) {
      if (n >= tries || !isContention(error)) throw error;
      await clock.sleep(Math.min(10 * n * n, longestPauseMs));
    }
  }
}

/** Another process held the lock (SQLite), or two transactions got in each other's way (PostgreSQL). */
function isContention(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    ['P1008', 'P2034'].includes(code) ||
    /SQLITE_BUSY|database is locked|40P01|40001/.test(`${code} ${error.message}`)
  );
}
