// The statements on the history of sending, as each database is given them: written down in ./history.
import { expect, test } from 'vitest';
import { countEvents } from '../../../src/store/history/count-events.js';
import { sampleQueues } from '../../../src/store/history/measure-queues.js';
import { readHistory } from '../../../src/store/history/read-history.js';
import { recordSql } from '../../support/stage/record-sql.js';

const anyRun = (recorded: string) =>
  recorded.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'random-id');

/** Every query is answered alike, so the row has the columns of all of them. */
const counted = {
  up_to: 0n,
  last: 7n,
  n: 3,
  tenant: 'shop',
  minute: 29_000_000n,
  accepted: 2,
  sent: 1,
  latency_1: 1,
};
const waiting = { up_to: 0n, id: 'shop', oldest: 1n, depth_0: 1n, depth_1: 0n, depth_2: 2n, depth_3: 0n };

test('count-events', async () => {
  const recorded = await recordSql(countEvents, { query: [counted] });
  await expect(anyRun(recorded)).toMatchFileSnapshot('history/count-events.sql');
});

test('sample-queues', async () => {
  const recorded = await recordSql(sampleQueues, { query: [waiting] });
  await expect(anyRun(recorded)).toMatchFileSnapshot('history/sample-queues.sql');
});

test('read-history', async () => {
  const recorded = await recordSql((ctx) => readHistory(ctx, 'shop', 'day'));
  await expect(recorded).toMatchFileSnapshot('history/read-history.sql');
});
