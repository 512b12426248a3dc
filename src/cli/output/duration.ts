// Writes a duration for people, in its two largest units.

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** `90` is `1 min 30 s`. */
export function durationOf(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const whole = Math.floor(seconds);
  const largest = units.findIndex(([, length]) => whole >= length);
  if (largest === -1) return '0 s';
  return units
    .slice(largest, largest + 2)
    .map(
      ([unit, length], n) =>
        [Math.floor((n === 0 ? whole : whole % (units[largest]?.[1] ?? 1)) / length), unit] as const,
    )
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
