// Which queues of this process rest, and until when; nothing is asked of Redis or the database meanwhile.
import type { Clock } from '../clock.js';

export interface Rests {
  /** @param until milliseconds since the epoch; undefined: until it is woken */
  begin(queueName: string, until: number | undefined): void;
  isResting(queueName: string): boolean;
  /** Whether it rests for at least `ms` more. */
  isLong(queueName: string, ms: number): boolean;
  /** There is new work: ends a rest that has no other end. */
  wake(queueName: string): void;
  /** Ends any rest. */
  lift(queueName: string): void;
  close(): void;
}

interface Rest {
  until: number;
  untilWoken: boolean;
  cancel(): void;
}

/** However long a rest is to be, its reason is looked at again after this: a call to end it may have got lost. */
const longestMs = 300_000;

/** @param goOn is called with the name of a queue that has rested */
export function openRests(clock: Clock, goOn: (queueName: string) => void): Rests {
  const rests = new Map<string, Rest>();

  function lift(queueName: string): void {
    const rest = rests.get(queueName);
    if (rest === undefined) return;
    rest.cancel();
    rests.delete(queueName);
    goOn(queueName);
  }

  return {
    begin(queueName, until) {
      const now = clock.now();
      const end = Math.min(until ?? Number.POSITIVE_INFINITY, now + longestMs);
      const known = rests.get(queueName);
      // Of several that ask at once, whoever sees the earliest end is right: it is looked at again then.
      if (known !== undefined && known.until <= end && known.until > now) return;
      known?.cancel();
      const cancel = clock.after(Math.max(0, end - now), () => lift(queueName));
      rests.set(queueName, { until: end, untilWoken: until === undefined, cancel });
    },
    isResting: (queueName) => rests.has(queueName),
    isLong: (queueName, ms) => (rests.get(queueName)?.until ?? 0) - clock.now() >= ms,
    wake(queueName) {
      if (rests.get(queueName)?.untilWoken) lift(queueName);
    },
    lift,
    close() {
      for (const { cancel } of rests.values()) cancel();
      rests.clear();
    },
  };
}
