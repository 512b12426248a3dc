// A restored database gives out no event id a second time, and an empty one beside its key is not taken for a new one.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copySqlite } from '../../../src/store/instance/copy-sqlite.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

const folder = await tempFolder('restored');
afterAll(folder.remove);

test('events after a restore have higher ids than all events before it', async () => {
  const stage = await setStage();
  const app = await stage.app();
  const sink = await stage.sink();
  const first = await stage.service();
  const tenant = await addTenant(first, 'shop', { app, server: sink });
  await tenant.handIn(first, mails('before', 5));
  await tenant.untilAll(first, ({ reported_ts }) => reported_ts !== undefined);
  await first.term();
  const before = app.entries.map(({ event_id }) => Number(event_id));
  // As a backup that was made before these events has it.
  await query(stage.database, 'DELETE FROM messages');
  const back = {
    sqlite: "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'events'",
    postgresql: "SELECT setval('events_id_seq', 3)",
  };
  await query(stage.database, back[stage.database.kind]);

  const second = await stage.service();
  await tenant.handIn(second, mails('after', 5));
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
  const after = app.entries.slice(before.length).map(({ event_id }) => Number(event_id));
  expect(after.length).toBeGreaterThanOrEqual(5);
  expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
  expect(Math.max(...after)).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

test('a backup made while the service runs has everything, and an empty database beside its key is refused', async () => {
  const stage = await setStage();
  if (stage.database.kind !== 'sqlite') return;
  const path = join(folder.path, 'mail.db');
  const settings = { GMP_DB_PATH: path, GMP_ENCRYPTION_KEY: '' };
  const service = await stage.service(settings);
  const tenant = await addTenant(service, 'shop', { server: await stage.sink() });
  await tenant.handIn(service, mails('m', 3));
  const backup = join(folder.path, 'backup.db');
  expect(await copySqlite(path, backup, `${path}.attachments`)).toEqual([backup, `${backup}.key`]);
  await expect(copySqlite(path, backup, `${path}.attachments`)).rejects.toThrow('exists already');
  expect(await query({ path: backup, kind: 'sqlite' }, 'SELECT id FROM messages')).toHaveLength(3);
  await service.term();

  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  const refusal = `GMP_DB_PATH ${path} is empty, but ${path}.key of an earlier database is there`;
  await expect(stage.service(settings)).rejects.toThrow(refusal);
  // The refused start has left an empty database, and a copy without the -wal file is empty as well.
  await expect(stage.service(settings)).rejects.toThrow(refusal);
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  writeFileSync(path, '');
  await expect(stage.service(settings)).rejects.toThrow(refusal);
  await stage.emptyRedis();
  const anew = await stage.service({ ...settings, GMP_ALLOW_EMPTY_DATABASE: '1' });
  expect((await anew.api('GET', '/status')).status).toBe(200);
});
