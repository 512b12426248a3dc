// PostgreSQL going away under load: 503 in bounded time, nothing lost of what was answered 200, and no restart needed.
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/servers/postgres.js';
import { addTenant } from '../support/stage/tenant.js';
import { arriveOnce, layOutage, type Outage, rideOut } from './outage.js';

let postgres: PostgresServer;
let outage: Outage;
beforeEach(async () => {
  postgres = await startPostgres();
  const path = await postgres.createDatabase();
  outage = await layOutage({ kind: 'postgresql', path, drop: postgres.stop });
});
afterEach(() => outage.stage.remove());

test('killed and started again: 503 while it is away, then everything as before', async () => {
  const load = await rideOut(
    outage,
    async () => {
      await postgres.kill();
      expect((await outage.service.api('GET', '/ready')).status).toBe(503);
      // A token nobody can look up is not called wrong.
      const token = { token: 'x'.repeat(43) };
      expect((await outage.service.api('GET', '/status', undefined, token)).status).toBe(503);
    },
    () => postgres.restart(),
  );
  await arriveOnce(outage, load);
});

test('a statement that takes longer than any time-out is waited for while the server works at it', async () => {
  const { service, stage } = outage;
  const client = new pg.Client({ connectionString: stage.database.path });
  await client.connect();
  await client.query(`
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(8); RETURN OLD; END';
    CREATE TRIGGER dawdle BEFORE DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION dawdle()`);
  await client.end();
  await addTenant(service, 'large');
  expect(await service.api('DELETE', '/tenant/large')).toMatchObject({ status: 200, body: { ok: true } });
  expect((await service.api('GET', '/tenant/large')).status).toBe(404);
});
