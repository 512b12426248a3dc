// What the functions of this room are given: the store, and the storages of large files. Types only.
import type { StoreContext } from '../store/context.js';
import type { Offload } from './open-offload.js';

interface OffloadContext extends StoreContext {
  offload: Offload;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'offload'>`. */
export type Needs<K extends keyof OffloadContext> = Pick<OffloadContext, K>;
