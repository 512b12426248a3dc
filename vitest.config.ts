// Three projects: tests on SQLite, the same on PostgreSQL but for a few, and those for which the database makes no difference.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ByProject } from './test/support/runner/by-project.js';
import { ClosingLineReporter } from './test/support/runner/closing-line-reporter.js';
import { onSqliteAlone } from './test/support/runner/on-sqlite-alone.js';

const WITH_DATABASE = [
  // test/store/sql/ only writes statements down.
  'test/store/!(sql)/**/*.test.ts',
  'test/{maintenance,flow}/**/*.test.ts',
  // What the HTTP API does with what is stored.
  'test/api/{routes,messages,contract}/**/*.test.ts',
];
/** Everything else: pure functions, protocols on the wire, and tests that bring the database they start with, or break. */
const ONCE = ['test/**/*.test.ts'];

// Node reads this once, when it starts: so it has to stand in the environment of the forks, not in a set-up file.
process.env.NODE_EXTRA_CA_CERTS = fileURLToPath(new URL('test/fixtures/tls/ca.pem', import.meta.url));

export default defineConfig({
  test: {
    // What TypeScript is compiled to is kept for the next run, which takes a third less time for a single file.
    experimental: { fsModuleCache: true },
    pool: 'forks',
    // A fork keeps the modules it has loaded for the next file: loading them anew cost more than most files' tests.
    isolate: false,
    setupFiles: ['test/support/runner/set-up-file.ts'],
    sequence: { sequencer: ByProject },
    // Most of a test's time is waiting for servers and clocks, so five files at once suit two cores.
    maxWorkers: 5,
    // The database client is WebAssembly: of it only what is used is compiled, quickly and not a second time. Together with
    // room for young objects, a start costs a third less. Programs under test get the same flags.
    execArgv: ['--liftoff-only', '--wasm-lazy-compilation', '--min-semi-space-size=16'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ['default', new ClosingLineReporter()],
    projects: [
      {
        extends: true,
        test: { name: 'sqlite', include: WITH_DATABASE, env: { TEST_DATABASE: 'sqlite' } },
      },
      {
        extends: true,
        test: {
          name: 'postgresql',
          include: WITH_DATABASE,
          exclude: onSqliteAlone,
          env: { TEST_DATABASE: 'postgresql' },
          globalSetup: 'test/support/runner/global-setup.ts',
        },
      },
      { extends: true, test: { name: 'plain', include: ONCE, exclude: WITH_DATABASE } },
    ],
  },
});
