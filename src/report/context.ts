// What reporting is given. Types only.
import type { QueueContext } from '../queue/context.js';
import type { ReportHandler } from './handler.js';

export interface ReportContext extends QueueContext {
  /** Takes every report in place of any endpoint, where GMP_REPORT_HANDLER names one. */
  reportHandler: ReportHandler | undefined;
}

/** The slice that a function needs: `ctx: Needs<'db' | 'reportHandler'>`. */
export type Needs<K extends keyof ReportContext> = Pick<ReportContext, K>;
