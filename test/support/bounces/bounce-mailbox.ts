// Stands in for a mailbox that is read: what it is given is parsed and recorded as if it had been fetched.
import { createHash } from 'node:crypto';
import { matchLate } from '../../../src/bounce/match-late.js';
import { parseBounce } from '../../../src/bounce/parse/parse-bounce.js';
import { recordBounces } from '../../../src/bounce/record-bounces.js';
import { systemClock } from '../../../src/clock.js';
import type { RecordedAs } from '../../../src/domain/bounce/mailbox.js';
import { openMetrics } from '../../../src/metrics.js';
import { openSecrets } from '../../../src/secrets.js';
import { openDatabase } from '../../../src/store/db/open.js';
import { sql } from '../../../src/store/db/sql.js';
import { run } from '../../../src/store/db/transaction.js';
import { removeAtEnd } from '../stage/clean-up.js';
import type { FreshDatabase } from '../stage/databases.js';

interface Mailbox {
  /** Null: the installation's. */
  tenantId?: string | null;
  id?: string;
  uidValidity?: bigint;
}

export interface ReceiveOptions extends Mailbox {
  /** The first mail's; the others follow. Absent: one after all before. */
  uid?: number;
  receivedTs?: number;
  /** The time at which it is recorded. */
  now?: number;
}

/** The services of a stage have this key. */
const key = Buffer.alloc(32, 'key');

/** @returns records mails, all of them as one page; `late` has those matched whose message was not known then */
export async function openBounceMailbox(database: FreshDatabase) {
  const db = await openDatabase(database.path, systemClock);
  removeAtEnd(() => db.close());
  const ctx = {
    db,
    clock: systemClock,
    secrets: openSecrets(key),
    metrics: openMetrics(systemClock),
    enqueueReport: Object.assign(() => {}, { close: () => Promise.resolve() }),
  };
  let next = 1;
  const receive = async (mails: Buffer[], options: ReceiveOptions = {}): Promise<RecordedAs[]> => {
    const { tenantId = null, id = tenantId ?? 'instance', uidValidity = 1n, now = Date.now() } = options;
    const { receivedTs = now } = options;
    const first = options.uid ?? next;
    next = Math.max(next, first + mails.length);
    const read = mails.map((raw, i) => ({
      uidValidity,
      uid: first + i,
      sha256: createHash('sha256').update(raw).digest('hex'),
      receivedTs,
      deliveredTo: [],
      bounce: parseBounce(raw),
    }));
    const progress = run(sql`UPDATE instance SET bounce_revision = bounce_revision WHERE id = 1`);
    const { recorded } = await recordBounces(
      { ...ctx, clock: { ...systemClock, now: () => now } },
      { id, tenantId, accountId: null },
      read,
      progress,
    );
    return recorded;
  };
  const late = ({ tenantId = null, id = tenantId ?? 'instance' }: Mailbox = {}) =>
    matchLate(ctx, { id, tenantId, accountId: null });
  return Object.assign(receive, { late });
}
