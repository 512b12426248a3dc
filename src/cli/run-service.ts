// Runs the service in the foreground until it is told to stop.
import { buildApi, buildHealthApi } from '../api/build-api.js';
import { type Listening, listen } from '../api/listen.js';
import { prepareScrapes } from '../api/routes/metrics.js';
import { type Booted, boot } from '../boot.js';
import { systemClock } from '../clock.js';
import type { Config } from '../config.js';
import { type Logger, openLog } from '../log.js';
import { version } from '../version.js';
import { runWorkers, type Workers } from '../workers/run-workers.js';

interface Running {
  log: Logger;
  listening: Listening;
  booted?: Booted;
  workers?: Workers;
}

/**
 * @returns the exit code: 0 after a clean stop, 1 when sends under way had to be left
 * @throws Fault when it cannot start
 */
export async function runService(config: Config): Promise<number> {
  const log = openLog(config);
  // Listening comes first: a port in use is found out before anything is created.
  const running: Running = { log, listening: await listen(config) };
  const stopped = stopSignal();
  try {
    await start(running, config);
  } catch (error) {
    await stop(running);
    throw error;
  }
  log.info({ signal: await stopped }, 'stopping');
  const inTime = await Promise.race([
    stop(running).then(() => true),
    systemClock.sleep(config.shutdownGraceSeconds * 1000).then(() => false),
  ]);
  if (inTime) log.info('stopped');
  else log.warn('sends under way were left; they are taken up at the next start');
  return inTime ? 0 : 1;
}

async function start(running: Running, config: Config): Promise<void> {
  const { log, listening } = running;
  const booted = await boot(config, log);
  running.booted = booted;
  if (booted.newAdminToken !== undefined) {
    process.stdout.write(`Admin token, shown only this once: ${booted.newAdminToken}\n`);
  }
  if (config.roles.includes('worker')) running.workers = await runWorkers(booted.ctx);
  const build = config.roles.includes('api') ? buildApi : buildHealthApi;
  const api = build(booted.ctx);
  listening.answerWith((request, connection) => api.fetch(request, connection));
  log.info(
    { version, url: `http://${config.host}:${listening.port}`, database: booted.ctx.db.kind },
    'ready',
  );
  prepareScrapes(booted.ctx).catch((error: unknown) => log.debug({ err: error }, 'the first scrape'));
}

async function stop({ listening, workers, booted }: Running): Promise<void> {
  // A call that takes its time must not keep the workers at work.
  await Promise.all([listening.close(), workers?.close()]);
  await booted?.close();
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
}
