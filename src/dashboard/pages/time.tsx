// A point in time: in UTC, and in the viewer's zone where scripts run.

/** @param seconds Unix seconds */
export function Time({ seconds }: { seconds: number }) {
  const iso = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return <time datetime={iso}>{iso.replace('T', ' ').replace('Z', ' UTC')}</time>;
}
