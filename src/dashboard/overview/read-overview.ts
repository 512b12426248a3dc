// Reads what the overview shows, for the page and for those who watch it live.
import type { ApiContext } from '../../api/context.js';
import { type Attention, findAttention } from '../../explain/find-attention.js';
import { measureWaiting, type Waiting } from '../../store/history/measure-queues.js';
import { type Range, readHistory } from '../../store/history/read-history.js';
import { type Charts, chartsOf } from './charts.js';
import { numbersOf, type ShownNumber } from './numbers.js';

export interface Figures {
  numbers: ShownNumber[];
  charts: Charts;
}

/** Whose figures, and of which time. */
export interface Subject {
  /** Undefined: of all tenants. */
  tenantId: string | undefined;
  range: Range;
}

export async function readFigures(ctx: ApiContext, { tenantId, range }: Subject): Promise<Figures> {
  const [history, waiting] = await Promise.all([
    readHistory(ctx, tenantId, range),
    measureWaiting(ctx, tenantId),
  ]);
  const last = history.points.at(-1);
  // The step under way may not have been measured yet.
  if (last !== undefined) Object.assign(last, highest(last, waiting));
  return { numbers: numbersOf(history, waiting), charts: chartsOf(range, history) };
}

function highest(measured: Waiting, now: Waiting): Waiting {
  return {
    depths: measured.depths.map((depth, priority) => Math.max(depth, now.depths[priority] ?? 0)),
    reportLagMs: Math.max(measured.reportLagMs, now.reportLagMs),
  };
}

export async function readOverview(
  ctx: ApiContext,
  subject: Subject,
): Promise<Figures & { attention: Attention[] }> {
  const [figures, attention] = await Promise.all([
    readFigures(ctx, subject),
    findAttention(ctx, subject.tenantId),
  ]);
  return { ...figures, attention };
}
