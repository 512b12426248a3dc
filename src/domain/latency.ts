// How long messages took from their acceptance until they were sent, counted in fixed classes that can be added up.

/** The upper bound of each class but the last, in milliseconds. */
const classBounds = [
  100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000,
  86_400_000,
];

export const latencyClasses = classBounds.length + 1;

/** The class of each bound and the next: from `least`, below `below`; undefined: without an upper bound. */
export const latencyRanges = Array.from({ length: latencyClasses }, (_, n) => ({
  least: classBounds[n - 1] ?? 0,
  below: classBounds[n],
}));

/**
 * The time within which that part of the messages was sent, in milliseconds; undefined where none was. Within a class the
 * times count as evenly spread; the last class counts as its lower bound.
 * @param counts by class
 * @param part 0.5 for the median
 */
export function latencyWithin(counts: readonly number[], part: number): number | undefined {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return undefined;
  let before = 0;
  for (const [n, { least, below }] of latencyRanges.entries()) {
    const here = counts[n] ?? 0;
    if (before + here < part * total || here === 0) {
      before += here;
      continue;
    }
    if (below === undefined) return least;
    return Math.round(least + ((part * total - before) / here) * (below - least));
  }
  return undefined;
}
