// More endpoints hang at once than BullMQ is let take at once, and the report of another tenant goes out all the same.
import { expect, onTestFinished, test } from 'vitest';
import { boot } from '../../../src/boot.js';
import { openInFlight } from '../../../src/concurrency/in-flight.js';
import { readConfig } from '../../../src/config.js';
import type { ReportHandler } from '../../../src/report/handler.js';
import { openReportWorker } from '../../../src/workers/reports/report-worker.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { setStage } from '../../support/stage/set-stage.js';
import { silentLog } from '../../support/stage/silent-log.js';
import { query } from '../../support/stage/tables.js';

const hanging = 1200;

test('a thousand and more tenants whose endpoints hang do not delay the report of another', async () => {
  const stage = await setStage();
  const env = {
    GMP_ENCRYPTION_KEY: Buffer.alloc(32, 'key').toString('base64'),
    GMP_API_TOKEN: 'test-admin-token',
  };
  const config = readConfig({ GMP_DB_PATH: stage.database.path, GMP_REDIS_URL: stage.redis.url, ...env });
  const { ctx, close } = await boot(config, silentLog);
  onTestFinished(close);
  const ids = ['fine', ...Array.from({ length: hanging }, (_, n) => `hang-${n}`)];
  const rows = (row: (id: string) => string) => ids.map((id) => `(${row(id)})`).join(', ');
  for (const statement of [
    `INSERT INTO tenants (id, created_at, updated_at) VALUES ${rows((id) => `'${id}', 1, 1`)}`,
    `INSERT INTO messages (pk, tenant_id, id, revision, priority, status, due_at, created_at, updated_at)
      VALUES ${rows((id) => `'${id}', '${id}', 'm', '${id}', 2, 'sent', 1, 1, 1`)}`,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at)
      VALUES ${rows((id) => `'${id}', '${id}', 'm', 'sent', 1`)}`,
  ])
    await query(stage.database, statement);

  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const reportHandler: ReportHandler = async (tenantId) => {
    told.push(tenantId);
    if (tenantId !== 'fine') await new Promise<void>((resolve) => waiting.push(resolve));
    return { kind: 'acknowledged', answer: '' };
  };
  const worker = openReportWorker({ ...ctx, reportHandler }, openInFlight());
  onTestFinished(worker.close);
  onTestFinished(() => {
    for (const resume of waiting) resume();
  });
  for (const id of ids.slice(1)) ctx.enqueueReport(id);
  await waitFor('all of them to hang', () => waiting.length === hanging);
  ctx.enqueueReport('fine');
  await waitFor('the other to be told', () => told.includes('fine'), { timeoutMs: 5000 });
  expect(waiting).toHaveLength(hanging);
});
