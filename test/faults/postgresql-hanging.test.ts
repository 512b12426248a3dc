// A PostgreSQL that takes statements and does not answer: no call waits for ever, and nothing is lost.
import pg from 'pg';
import { afterEach, beforeEach, test } from 'vitest';
import { freeze } from '../support/programs/freeze.js';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { arriveOnce, layOutage, type Outage, rideOut } from './outage.js';

let postgres: PostgresServer;
let outage: Outage;
beforeEach(async () => {
  postgres = await startPostgres();
  const path = await postgres.createDatabase();
  outage = await layOutage({ kind: 'postgresql', path, drop: postgres.stop });
});
afterEach(() => outage.stage.remove());

test('frozen and thawed: no call waits for ever', async () => {
  let thaw = () => {};
  const load = await rideOut(
    outage,
    () => {
      thaw = freeze(postgres.pid);
    },
    () => thaw(),
  );
  await arriveOnce(outage, load);
});

test('a table that another client keeps locked: 503 instead of waiting for ever', async () => {
  const locker = new pg.Client({ connectionString: outage.stage.database.path });
  locker.on('error', () => {}); // its end may be the server's
  await locker.connect();
  const load = await rideOut(
    outage,
    async () => {
      await locker.query('BEGIN');
      await locker.query('LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
    },
    () => locker.query('ROLLBACK'),
  );
  await locker.end();
  await arriveOnce(outage, load);
});
