// Starts the service in this process: the HTTP server, everything a process holds open, its workers, its API.
import { buildHealthApi } from '../api/build-api.js';
import { type Listening, listen } from '../api/listen.js';
import { prepareScrapes } from '../api/routes/metrics.js';
import { type Booted, boot } from '../boot.js';
import { systemClock } from '../clock.js';
import type { Config } from '../config.js';
import { serveAll } from '../dashboard/serve.js';
import type { Logger } from '../log.js';
import { version } from '../version.js';
import { runWorkers, type Workers } from '../workers/run-workers.js';

interface StartedService {
  /** Resolves with false when sends in flight had to be left because `shutdownGraceSeconds` were over. */
  stop(): Promise<boolean>;
}

/** All parts that are open so far. A failed start leaves the later ones out. */
interface Running {
  listening: Listening;
  booted?: Booted;
  workers?: Workers;
  /** Ends the answers that would never end by themselves. */
  stopping: AbortController;
}

/**
 * @param print shows the operator a line that must not be in the log
 * @throws Fault when the service cannot start; everything that was opened is closed again
 */
export async function startService(
  config: Config,
  log: Logger,
  print: (line: string) => void,
): Promise<StartedService> {
  // Listen first, because a port in use must be found before anything is created.
  const running: Running = {
    listening: await listen(config, log),
    stopping: new AbortController(),
  };
  try {
    await start(running, config, log, print);
  } catch (error) {
    await close(running);
    throw error;
  }
  return {
    async stop() {
      const closed = new AbortController();
      const grace = systemClock.sleep(config.shutdownGraceSeconds * 1000, closed.signal);
      const inTime = await Promise.race([close(running).then(() => true), grace.then(() => false)]);
      closed.abort();
      return inTime;
    },
  };
}

/** Opens one part after another and notes each in `running` at once, so that a later failure closes all open parts. */
async function start(
  running: Running,
  config: Config,
  log: Logger,
  print: (line: string) => void,
): Promise<void> {
  const { listening } = running;
  for (const warning of config.warnings) log.warn({ event: 'settings.no_effect' }, warning);
  const booted = await boot(config, log);
  running.booted = booted;
  if (booted.newAdminToken !== undefined) {
    const { token, file } = booted.newAdminToken;
    print(`Admin token: written to ${file}, which only its owner can read`);
    // Not where the output is collected, as in a journal.
    if (process.stdout.isTTY) print(`Admin token, shown only this once: ${token}`);
  }
  if (config.roles.includes('worker')) running.workers = await runWorkers(booted.ctx);
  if (config.roles.includes('api')) listening.answerWith(serveAll(booted.ctx, running.stopping.signal));
  else {
    const health = buildHealthApi(booted.ctx);
    listening.answerWith((request, connection) => health.fetch(request, connection));
  }
  log.info(
    { version, url: `http://${config.host}:${listening.port}`, database: booted.ctx.db.kind },
    'ready',
  );
  prepareScrapes(booted.ctx).catch((error: unknown) => log.debug({ err: error }, 'the first scrape'));
}

async function close({ listening, workers, booted, stopping }: Running): Promise<void> {
  stopping.abort();
  // Close both at once: a slow call must not keep the workers at work.
  await Promise.all([listening.close(), workers?.close()]);
  await booted?.close();
}
