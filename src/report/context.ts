// What the functions of this room are given. Types only.
import type { QueueContext } from '../queue/context.js';
import type { ReportHandler } from './handler.js';

export interface ReportContext extends QueueContext {
  /** Takes every report instead of an endpoint, if GMP_REPORT_HANDLER is set. */
  reportHandler: ReportHandler | undefined;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'reportHandler'>`. */
export type Needs<K extends keyof ReportContext> = Pick<ReportContext, K>;
