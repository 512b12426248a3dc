// The committed migrations make the tables that the models describe.
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { migrate } from '../../../src/store/db/migrate.js';
import { type Models, openDatabase } from '../../../src/store/db/open.js';
import { emptyDatabase } from '../../support/stage/databases.js';

const models = [
  'instance',
  'process',
  'tenant',
  'suspension',
  'activation',
  'tenantToken',
  'account',
  'bounceMailbox',
  'message',
  'tenantUsage',
  'messageContent',
  'messageTerm',
  'bulkChange',
  'messageAttachment',
  'attachmentContent',
  'attachmentPiece',
  'event',
  'mailId',
  'attemptTranscript',
  'bounce',
  'suppression',
  'clockAnchor',
  'breaker',
  'encounter',
  'learnedLimit',
  'connectionShare',
  'sendScope',
  'sendSlot',
  'sendLogEntry',
  'idempotencyKey',
  'commandLogEntry',
  'dashboardSession',
  'fileLink',
  'largeFile',
  'historyMinute',
  'historyHour',
  'historyProgress',
] as const satisfies readonly (keyof Models)[];

test('every model can be read with all its fields from a migrated database', async () => {
  const { path, drop } = await emptyDatabase();
  onTestFinished(drop);
  await migrate(path);
  const db = await openDatabase(path, systemClock);
  onTestFinished(() => db.close());
  for (const model of models) {
    const read = db.read[model] as unknown as { findMany(): Promise<unknown[]> };
    expect(await read.findMany(), model).toEqual([]);
  }
});

test('no model is left out above', async () => {
  const { path, drop } = await emptyDatabase();
  onTestFinished(drop);
  await migrate(path);
  const db = await openDatabase(path, systemClock);
  onTestFinished(() => db.close());
  const known = Object.keys(db.read).filter((name) => !/^[_$]/.test(name) && name !== 'constructor');
  expect([...models].sort()).toEqual(known.sort());
});
