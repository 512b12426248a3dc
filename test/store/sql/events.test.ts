// The statements on events and reports, as each database is given them: written down in ./events for reviewers.
import { expect, test } from 'vitest';
import { markReported } from '../../../src/store/events/mark-reported.js';
import { readEventLog } from '../../../src/store/events/read-event-log.js';
import { replayReports } from '../../../src/store/events/replay.js';
import { acquireReportLease } from '../../../src/store/events/report-lease.js';
import { findTenantsToReport, findUnreported } from '../../../src/store/events/unreported.js';
import type { StoreContext } from '../../support/stage/open-store.js';
import { recordSql } from '../../support/stage/record-sql.js';

const event = {
  eventId: 1,
  messagePk: 'pk-1',
  messageId: 'id-1',
  type: 'sent',
  at: 1000,
  description: null,
  metadata: {},
};
const row = { id: 1n, at: 1000n, description: null, metadata: null, reported_at: null };
const acknowledgement = { callAfterMs: 1000, quietUntil: undefined, isLast: true };
const remarks = new Map([[1, 'not_found' as const]]);
const range = { since: 1000, until: 2000 };

test.each<[name: string, work: (ctx: StoreContext) => Promise<unknown>, answers?: Record<string, unknown[]>]>(
  [
    [
      'log',
      (ctx) => readEventLog(ctx, 'shop', { after: 0, limit: 100, types: ['sent', 'error'] }),
      { query: [{ last: 1n, lowest: null, n: 1n, ...row }] },
    ],
    ['unreported', (ctx) => findUnreported(ctx, 'shop', 100)],
    ['tenants-to-report', findTenantsToReport],
    ['acquire-lease', (ctx) => acquireReportLease(ctx, 'shop', 'events')],
    ['acquire-lease-for-call', (ctx) => acquireReportLease(ctx, 'shop', 'call')],
    ['mark-reported', (ctx) => markReported(ctx, 'shop', [event], { ...acknowledgement, remarks })],
    [
      'replay-messages',
      (ctx) => replayReports(ctx, 'shop', { ...range, ids: ['id-1'] }),
      { query: [{ id: 1n, pk: 'pk-1' }] },
    ],
  ],
)('%s', async (name, work, answers) => {
  await expect(await recordSql(work, answers)).toMatchFileSnapshot(`events/${name}.sql`);
});
