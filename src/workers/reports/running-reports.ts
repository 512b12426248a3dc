// The reports that this process has in flight: how many there are, and how they end when the process stops.
import type { Signals } from '../../report/report-tenant.js';

interface RunningReports {
  run<T>(report: (signals: Signals) => Promise<T>): Promise<T>;
  /** Has every report end after the page it is posting, also those that begin later. */
  stop(): void;
  /** Ends the posts in flight. Their events are not acknowledged, so they are reported again. */
  cut(reason: Error): void;
}

/** @param onChange is told how many reports are in flight, whenever one begins or ends */
export function openRunningReports(onChange: (count: number) => void): RunningReports {
  const stopping = new AbortController();
  const running = new Set<AbortController>();
  return {
    async run(report) {
      // Each report has a signal of its own, because its calls add listeners that must go when it ends.
      const cut = new AbortController();
      running.add(cut);
      onChange(running.size);
      try {
        return await report({ stop: stopping.signal, cut: cut.signal });
      } finally {
        running.delete(cut);
        onChange(running.size);
      }
    },
    stop: () => stopping.abort(),
    cut(reason) {
      for (const one of running) one.abort(reason);
    },
  };
}
