// Runs the service in the foreground until it is told to stop.
import type { Config } from '../config.js';
import { openLog } from '../log.js';
import { startService } from './start-service.js';

/**
 * @returns the exit code: 0 after a clean stop, 1 when sends in flight had to be left
 * @throws Fault when it cannot start
 */
export async function runService(config: Config): Promise<number> {
  const log = openLog(config);
  // Heard from now on, so that a signal during the start leads to an orderly stop right after it.
  const stopped = stopSignal();
  const service = await startService(config, log, (line) => process.stdout.write(`${line}\n`));
  log.info({ signal: await stopped }, 'stopping');
  const inTime = await service.stop();
  if (inTime) log.info('stopped');
  else log.warn('Sends in flight were abandoned; the next start takes them over');
  return inTime ? 0 : 1;
}

/** Orchestrators send SIGTERM, terminals send SIGINT. Later signals change nothing: the grace time bounds the stop. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
}
