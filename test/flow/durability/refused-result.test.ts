// A result that the database refuses is recorded without its texts: it holds no slot, and the mail leaves once.

import { beforeAll, expect, test } from 'vitest';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';

import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});

/** Has the database refuse the events that carry a server's reply. */
async function refuseReplies(): Promise<void> {
  await query(
    stage.database,
    stage.database.kind === 'sqlite'
      ? `CREATE TRIGGER no_reply BEFORE INSERT ON events WHEN NEW.metadata LIKE '%"response"%'
          BEGIN SELECT RAISE(ABORT, 'no replies here'); END`
      : `ALTER TABLE events ADD CONSTRAINT no_reply CHECK (metadata NOT LIKE '%"response"%')`,
  );
}

test('with one slot, two messages are sent once each', async () => {
  const sink = await stage.sink();
  const app = await stage.app();
  const service = await stage.service({ GMP_MAX_CONCURRENT_SENDS: '1' });
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
