// Runs clean-ups when this process ends, however it ends short of SIGKILL; they must be synchronous.
const cleanUps = new Set<() => void>();
let listening = false;

/** Registers a clean-up; call the returned function when it is no longer needed. */
export function onProcessEnd(cleanUp: () => void): () => void {
  if (!listening) listen();
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

function listen(): void {
  listening = true;
  process.once('exit', runAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      runAll();
      // With nobody else listening the signal does what it always does: it ends the process.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

function runAll(): void {
  for (const cleanUp of [...cleanUps].reverse()) {
    try {
      cleanUp();
    } catch {
      // the next one still has its turn
    }
  }
  cleanUps.clear();
}
