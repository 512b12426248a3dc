// What the metrics show of the database, the same in every process. Types only.
import type { Owner } from './domain/owner.js';

export interface MetricsSnapshot {
  tenants: { id: string; name: string | null; accountIds: string[] }[];
  /** Messages that are not sent yet. */
  depths: (Owner & { priority: number; count: number })[];
  /** Age in milliseconds of the oldest event that a tenant's application has not acknowledged; 0: there is none. */
  lags: { tenantId: string; lagMs: number }[];
  /** Whether sending as a whole is on. */
  active: boolean;
}
