// Which queues of this process rest, and until when; nothing is asked of Redis or the database meanwhile.
import type { Clock } from '../clock.js';

export interface QueuePauses {
  /** To be called before it is asked whether the queue may send: what ends a rest may happen before the answer is here. */
  ask(queueName: string): PauseQuery;
  isPaused(queueName: string): boolean;
  /** Whether it rests for at least `ms` more. */
  isPausedForLong(queueName: string, ms: number): boolean;
  /** There is new work: ends a rest that has no other end. */
  wake(queueName: string): void;
  /** Ends any rest. */
  lift(queueName: string): void;
  close(): void;
}

export interface PauseQuery {
  /**
   * The answer is that the queue has to rest; it counts unless what would end such a rest has happened since.
   * @param until milliseconds since the epoch; undefined: until it is woken
   * @returns whether the queue rests
   */
  rest(until: number | undefined): boolean;
  close(): void;
}

interface OpenAsk {
  lifted: boolean;
  woken: boolean;
}

interface Rest {
  until: number;
  untilWoken: boolean;
  cancel(): void;
}

/** However long a rest is to be, its reason is looked at again after this: a call to end it may have got lost. */
const longestMs = 300_000;

/** @param goOn is called with the name of a queue that has rested */
export function openQueuePauses(clock: Clock, goOn: (queueName: string) => void): QueuePauses {
  const rests = new Map<string, Rest>();
  const asks = new Map<string, Set<OpenAsk>>();

  function lift(queueName: string): void {
    for (const ask of asks.get(queueName) ?? []) ask.lifted = true;
    end(queueName);
  }

  function end(queueName: string): void {
    const rest = rests.get(queueName);
    if (rest === undefined) return;
    rest.cancel();
    rests.delete(queueName);
    goOn(queueName);
  }

  function begin(queueName: string, until: number | undefined): void {
    const now = clock.now();
    const over = Math.min(until ?? Number.POSITIVE_INFINITY, now + longestMs);
    const known = rests.get(queueName);
    // Of several that ask at once, whoever sees the earliest end is right: it is looked at again then.
    if (known !== undefined && known.until <= over && known.until > now) return;
    known?.cancel();
    const cancel = clock.after(Math.max(0, over - now), () => end(queueName));
    rests.set(queueName, { until: over, untilWoken: until === undefined, cancel });
  }

  return {
    ask(queueName) {
      const open = asks.get(queueName) ?? new Set();
      asks.set(queueName, open);
      const ask = { lifted: false, woken: false };
      open.add(ask);
      return {
        rest(until) {
          if (ask.lifted || (ask.woken && until === undefined)) return false;
          begin(queueName, until);
          return true;
        },
        close() {
          open.delete(ask);
          if (open.size === 0 && asks.get(queueName) === open) asks.delete(queueName);
        },
      };
    },
    isPaused: (queueName) => rests.has(queueName),
    isPausedForLong: (queueName, ms) => (rests.get(queueName)?.until ?? 0) - clock.now() >= ms,
    wake(queueName) {
      for (const ask of asks.get(queueName) ?? []) ask.woken = true;
      if (rests.get(queueName)?.untilWoken) end(queueName);
    },
    lift,
    close() {
      for (const { cancel } of rests.values()) cancel();
      rests.clear();
    },
  };
}
