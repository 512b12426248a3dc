// Follows the mails until each has its final state, or the time is over.

import { setTimeout as pause } from 'node:timers/promises';
import type { Screen } from './screen.js';
import type { Service } from './service.js';
import { type Arrival, type Entry, observe, type Timeline } from './timeline.js';
import { findFaults, isSettled } from './verdict.js';

export type Witnesses = { arrivals(): Arrival[]; entries(): Entry[]; rcptAttempts(address: string): number };

const pollMs = 200;
/** How much longer to watch after the last mail, because a second copy of a mail would come now. */
const settleMs = 1_000;

/** `until` is in Unix milliseconds. Resolves to the faults, an empty list when all went well. */
export async function watch(
  timeline: Timeline,
  { witnesses, service, screen }: { witnesses: Witnesses; service: Service; screen: Screen },
  until: number,
  signal: AbortSignal,
): Promise<string[]> {
  let settledSince: number | undefined;
  for (;;) {
    const listed = await service.listMessages();
    const at = Date.now();
    const seen = { at, arrivals: witnesses.arrivals(), entries: witnesses.entries(), listed };
    for (const happening of observe(timeline, seen)) screen.event(happening);
    screen.progress(timeline);
    const settled = [...timeline.tracks.values()].every(isSettled);
    settledSince = settled ? (settledSince ?? at) : undefined;
    const done = settledSince !== undefined && at - settledSince >= settleMs;
    if (done || at > until) return findFaults(timeline, seen);
    await pause(pollMs, undefined, { signal });
  }
}
