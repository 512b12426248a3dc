// What the workers are given: all that the stages they call need. Types only.
import type { ReportContext } from '../report/context.js';
import type { SendContext } from '../send/context.js';

export type WorkersContext = SendContext & ReportContext;

/** The slice that a function needs: `ctx: Needs<'queues' | 'redis'>`. */
export type Needs<K extends keyof WorkersContext> = Pick<WorkersContext, K>;
