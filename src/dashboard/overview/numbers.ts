// The numbers at the top of the overview, in words for people.
import type { Waiting } from '../../store/history/measure-queues.js';
import type { History } from '../../store/history/read-history.js';

export interface ShownNumber {
  name: string;
  value: string;
}

/** @param total of the range that is shown */
export function numbersOf({ total }: History, waiting: Waiting): ShownNumber[] {
  const queued = waiting.depths.reduce((sum, depth) => sum + depth, 0);
  return [
    { name: 'Messages waiting', value: String(queued) },
    { name: 'Sent', value: String(total.sent) },
    { name: 'Failed', value: String(total.failed) },
    { name: 'Bounced', value: String(total.bounced) },
    { name: 'Half sent within', value: duration(total.p50) },
    { name: '95 % sent within', value: duration(total.p95) },
    { name: 'Oldest unreported event', value: duration(waiting.reportLagMs || undefined) },
  ];
}

/** Rounded to what fits a glance. */
function duration(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const units = [
    { ms: 86_400_000, name: 'd' },
    { ms: 3_600_000, name: 'h' },
    { ms: 60_000, name: 'min' },
    { ms: 1000, name: 's' },
  ];
  const unit = units.find((one) => ms >= one.ms) ?? { ms: 1000, name: 's' };
  return `${Number((ms / unit.ms).toPrecision(2))} ${unit.name}`;
}
