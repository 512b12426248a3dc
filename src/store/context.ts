// What functions of the store are given: the ground and the database. Types only.
import type { GroundContext } from '../context.js';
import type { Db } from './db/open.js';

/** Milliseconds, near those since the epoch. Never steps while this host runs (limits/send-clock.ts). */
export type SendClock = () => number;

export interface StoreContext extends GroundContext {
  db: Db;
  /** The time line that limits are counted on. */
  sendClock: SendClock;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'clock'>`. */
export type Needs<K extends keyof StoreContext> = Pick<StoreContext, K>;
