// One PostgreSQL server for the whole vitest run; vitest calls this only if a test of the project is to run.
import type { TestProject } from 'vitest/node';
import { migrate } from '../../../src/store/db/migrate.js';
import { startPostgres } from '../servers/postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The maintenance database of the run's server, to create others from. */
    postgresUrl: string;
    /** The name of a migrated database without rows, to copy. Nobody may be connected to it. */
    postgresTemplate: string;
  }
}

const template = 'migrated';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  await migrate(await server.createDatabase(template));
  project.provide('postgresUrl', server.url());
  project.provide('postgresTemplate', template);
  return server.stop;
}
