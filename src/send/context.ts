// What the functions of this room are given. Types only.
import type { YieldBudget } from '../concurrency/yield-budget.js';
import type { Offload } from '../offload/open-offload.js';
import type { QueueContext } from '../queue/context.js';
import type { FetchAttachment } from './attachments/fetch-once.js';
import type { Transport } from './smtp/transport.js';

export interface SendContext extends QueueContext {
  /** Spreads the building of mails over turns of the event loop; its weight is in characters. */
  buildBudget: YieldBudget;
  /** The same for the contents of attachments while mails leave; its weight is in bytes. */
  contentBudget: YieldBudget;
  transport: Transport;
  fetchAttachment: FetchAttachment;
  offload: Offload;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'transport'>`. */
export type Needs<K extends keyof SendContext> = Pick<SendContext, K>;
