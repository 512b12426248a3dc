// What the metrics show of the database, the same in every process. Types only.
import type { Owner } from './domain/owner.js';

interface ReportState {
  tenantId: string;
  /** Age in milliseconds of the oldest event that the tenant's application has not acknowledged; 0: there is none. */
  lagMs: number;
  /** Whether a fault of this service broke the last report off. */
  isBroken: boolean;
}

export interface MetricsSnapshot {
  tenants: { id: string; name: string | null; accountIds: string[] }[];
  /** Messages that are not sent yet. */
  depths: (Owner & { priority: number; count: number })[];
  reports: ReportState[];
  /** Whether sending as a whole is on. */
  active: boolean;
}
