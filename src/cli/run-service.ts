// Runs the service in the foreground until it is told to stop. SIGHUP makes it take over changed settings.
import type { Config } from '../config.js';
import { reasonOf } from '../errors.js';
import { type Logger, openLog } from '../log.js';
import { takeOver } from '../settings/live.js';
import { startService } from './start-service.js';

/**
 * @param read reads the settings, at the start and at each SIGHUP
 * @returns the exit code: 0 after a clean stop, 1 when sends in flight had to be left
 * @throws Fault when it cannot start
 */
export async function runService(read: () => Config): Promise<number> {
  // Shared by all parts of the process and changed by SIGHUP alone.
  const config = { ...read() };
  const log = openLog(config);
  // Heard from now on, so that a signal during the start leads to an orderly stop right after it.
  const stopped = stopSignal();
  if (!isInTerminal()) process.on('SIGHUP', () => reload(config, read, log));
  const service = await startService(config, log, (line) => process.stdout.write(`${line}\n`));
  log.info({ signal: await stopped }, 'stopping');
  const inTime = await service.stop();
  if (inTime) log.info('stopped');
  else log.warn('Sends in flight were abandoned; the next start takes them over');
  return inTime ? 0 : 1;
}

/** Orchestrators send SIGTERM, terminals send SIGINT. Later signals change nothing: the grace time bounds the stop. */
function stopSignal(): Promise<string> {
  const signals = ['SIGTERM', 'SIGINT', ...(isInTerminal() ? ['SIGHUP'] : [])];
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve(signal));
  });
}

/** A terminal sends SIGHUP when it is closed, so that there it means a stop. */
function isInTerminal(): boolean {
  return process.stdout.isTTY === true;
}

/** Settings that are not valid change nothing. */
function reload(config: Config, read: () => Config, log: Logger): void {
  try {
    const fresh = read();
    const { taken, needRestart } = takeOver(config, fresh);
    log.level = config.logLevel;
    for (const warning of fresh.warnings) log.warn({ event: 'settings.no_effect' }, warning);
    if (needRestart.length > 0) {
      log.warn(
        { event: 'settings.need_restart' },
        `Changed, but they need a restart: ${needRestart.join(', ')}`,
      );
    }
    log.info(
      { event: 'settings.taken_over' },
      `Settings taken over: ${taken.join(', ') || 'none has changed'}`,
    );
  } catch (error) {
    log.error({ event: 'settings.refused' }, `The settings stay as they were: ${reasonOf(error)}`);
  }
}
