// A signal that aborts after a time, or together with another signal.
import type { Clock } from '../clock.js';

interface TimeLimit {
  readonly signal: AbortSignal;
  /** Ends the timer. The signal aborts no more. */
  end(): void;
}

/**
 * Takes the place of `AbortSignal.any` over `AbortSignal.timeout`, because Node 20 keeps no reference to that time-out: the
 * next garbage collection removes it, and the signal never aborts.
 */
export function openTimeLimit(clock: Pick<Clock, 'after'>, ms: number, cut: AbortSignal): TimeLimit {
  const limit = new AbortController();
  const onCut = () => limit.abort(cut.reason);
  if (cut.aborted) onCut();
  else cut.addEventListener('abort', onCut, { once: true });
  const stopTimer = clock.after(ms, () =>
    limit.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  );
  return {
    signal: limit.signal,
    end() {
      stopTimer();
      cut.removeEventListener('abort', onCut);
    },
  };
}
