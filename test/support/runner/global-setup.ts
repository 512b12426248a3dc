// One PostgreSQL server for the whole vitest run; vitest calls this only if a test of the project is to run.
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../servers/postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The maintenance database of the run's server, to create others from. */
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgresUrl', server.url());
  return server.stop;
}
