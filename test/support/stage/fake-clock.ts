// A clock that stands still until it is told how late it is; whoever sleeps wakes when their time has come.
import type { Clock } from '../../../src/clock.js';

export interface FakeClock extends Clock {
  /** Moves on, waking the sleepers in order, and lets what they then do run to its next wait. */
  advance(ms: number): Promise<void>;
  /** How many wait for a time to come. */
  sleeping(): number;
}

interface Alarm {
  at: number;
  ring(): void;
}

export function fakeClock(now = Date.UTC(2026, 0, 1)): FakeClock {
  const alarms = new Set<Alarm>();

  function after(ms: number, task: () => void): () => void {
    const alarm = {
      at: now + ms,
      ring() {
        alarms.delete(alarm);
        task();
      },
    };
    alarms.add(alarm);
    return () => alarms.delete(alarm);
  }

  function every(ms: number, task: () => void): () => void {
    let stop = after(ms, again);
    function again(): void {
      stop = after(ms, again);
      task();
    }
    return () => stop();
  }

  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const stop = after(ms, resolve);
        signal?.addEventListener('abort', () => {
          stop();
          resolve();
        });
      }),
    after,
    every,
    async advance(ms) {
      const end = now + ms;
      for (let next = earliest(alarms); next && next.at <= end; next = earliest(alarms)) {
        now = next.at;
        next.ring();
        await turn();
      }
      now = end;
      await turn();
    },
    sleeping: () => alarms.size,
  };
}

/** Lets every promise that can settle, and every setImmediate that is due, have its turn. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

function earliest(alarms: Set<Alarm>): Alarm | undefined {
  return [...alarms].reduce<Alarm | undefined>(
    (first, alarm) => (first === undefined || alarm.at < first.at ? alarm : first),
    undefined,
  );
}
