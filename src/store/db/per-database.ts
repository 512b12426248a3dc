// The state that a function has in memory for each open database, such as the calls that wait to share a statement. The
// first call creates the state, and it goes with the database.
import { type Batching, batch } from '../../concurrency/batch.js';
import type { Needs } from '../context.js';
import type { Db } from './open.js';
import { isUnavailable } from './unavailable.js';

/** Returns a function that gives the state of the context's database. */
export function perDatabase<Ctx extends Needs<'db'>, State>(open: (ctx: Ctx) => State): (ctx: Ctx) => State {
  const opened = new WeakMap<Db, State>();
  return (ctx) => {
    const known = opened.get(ctx.db);
    if (known !== undefined) return known;
    const state = open(ctx);
    opened.set(ctx.db, state);
    return state;
  };
}

/**
 * Under load at 50 sends at once, in messages a second and microseconds of processor time for each: without lingering
 * 1,300 and 840, with 2 ms 1,500 and 690, with 4 ms 1,550 and 650; at 20 sends at once 4 ms are slower than 2.
 */
const lingerMs = 2;

/** Items that one statement carries. */
const mostItems = 500;

/**
 * Returns `run` for a single item: calls that are made on one database at nearly the same moment share its statements.
 * A fault that is the item's own costs the others nothing.
 */
export function batched<Ctx extends Needs<'db' | 'clock'>, Item, Result>(
  run: (ctx: Ctx, items: Item[]) => Promise<Result[]>,
  options: Partial<Pick<Batching<Item, Result>, 'most' | 'weigh' | 'lingerMs'>> = {},
): (ctx: Ctx, item: Item) => Promise<Result> {
  const callOf = perDatabase((ctx: Ctx) =>
    batch<Item, Result>({
      most: mostItems,
      lingerMs,
      ...options,
      clock: ctx.clock,
      run: (items) => run(ctx, items),
      concernsAll: isUnavailable,
    }),
  );
  return (ctx, item) => callOf(ctx)(item);
}
