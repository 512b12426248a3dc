// A result that the database refuses is recorded without its texts: it holds no slot, and the mail leaves once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layMailPath, type MailPath } from '../../support/stage/mail-path.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, mails } from '../../support/stage/tenant.js';

let path: MailPath;
beforeAll(async () => {
  path = await layMailPath();
});
afterAll(() => path.remove());

/** Has the database refuse the events that carry a server's reply. */
async function refuseReplies(): Promise<void> {
  await query(
    path.database,
    path.database.kind === 'sqlite'
      ? `CREATE TRIGGER no_reply BEFORE INSERT ON events WHEN NEW.metadata LIKE '%"response"%'
          BEGIN SELECT RAISE(ABORT, 'no replies here'); END`
      : `ALTER TABLE events ADD CONSTRAINT no_reply CHECK (metadata NOT LIKE '%"response"%')`,
  );
}

test('with one slot, two messages are sent once each', async () => {
  const sink = await path.sink();
  const app = await path.app();
  const service = await path.start({ GMP_MAX_CONCURRENT_SENDS: '1' });
  const tenant = await addTenant(service, 'shop', { app, server: sink });
  await refuseReplies();
  await tenant.handIn(service, mails('m', 2));
  const sent = await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(sent.map(({ status, retry_count }) => [status, retry_count])).toEqual([
    ['sent', 0],
    ['sent', 0],
  ]);
  expect(sink.attempts.map(({ id }) => id).sort()).toEqual(['m-1', 'm-2']);
  expect(service.output()).toContain('The database refused the result of an attempt');
  expect(await service.term()).toBe(0);
});
