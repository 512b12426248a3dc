// Runs clean-ups when this process ends, however it ends short of SIGKILL; they must be synchronous.
const cleanUps = new Set<() => void>();
let listening = false;

// A fork of vitest lives on when vitest itself is killed: it finds itself with another parent.
const parent = process.ppid;
const PARENT_CHECK_MS = 200;

/** Registers a clean-up; call the returned function when it is no longer needed. */
export function onProcessEnd(cleanUp: () => void): () => void {
  if (!listening) listen();
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

function listen(): void {
  listening = true;
  process.once('exit', runAll);
  // Only where somebody already listens to the channel: listening alone would keep the process alive.
  if (process.listenerCount('message') > 0) process.once('disconnect', endWithParent);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      runAll();
      // With nobody else listening the signal does what it always does: it ends the process.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

function endWithParent(): void {
  setTimeout(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK_MS);
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
