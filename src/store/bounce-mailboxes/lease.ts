// The lease of a mailbox for bounces: only its holder reads the mailbox, so that two processes never do at once.

import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rows, run } from '../db/transaction.js';
import { type Mailbox, sameMailbox } from './find-mailbox.js';

/** How long a process that was frozen or cut off keeps a mailbox from the others. */
const leaseMs = 60_000;

/** After a failure. A time further ahead is one of a clock that was set back since. */
const longestPauseMs = 3_600_000;

/** How far a mailbox was read. */
export interface Progress {
  /** Of server, user and folder. */
  place: string;
  /** Null: never opened. */
  uidValidity: bigint | null;
  lastUid: number;
  /** UIDs of bounces that were recorded, and may still have to be marked, moved or deleted. */
  unsettled: number[];
  /** Failures without a success in between. */
  failures: number;
  /** A mail that the server may be unable to give, and how often fetching has ended at it; only the process that met it knows. */
  suspect?: { uid: number; times: number } | undefined;
}

type LeaseNeeds = Needs<'db' | 'clock' | 'processId'>;

/**
 * The lease is in the database because Redis may lose its data while a mailbox is read.
 * @returns undefined when another process has it, or the mailbox has failed and is not due yet
 */
export async function acquireMailboxLease(
  ctx: LeaseNeeds,
  { id, tenantId, accountId, revision }: Mailbox,
): Promise<Progress | undefined> {
  const now = ctx.clock.now();
  const { acquired } = await ctx.db.transaction({
    // An account that has just been deleted has no mailbox.
    known: run(sql`INSERT INTO bounce_mailboxes (id, tenant_id, account_id, revision)
      SELECT ${id}, ${tenantId}, ${accountId}, ${revision}
      WHERE ${tenantId === null} OR EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = ${tenantId} AND a.id = ${accountId})
      ON CONFLICT DO NOTHING`),
    acquired: rows<ProgressRow>(sql`
      UPDATE bounce_mailboxes AS m SET lease_owner = ${ctx.processId}, lease_until = ${now + leaseMs},
        failures = CASE WHEN m.revision = ${revision} THEN m.failures ELSE 0 END, revision = ${revision}
      WHERE m.id = ${id}
        AND (m.lease_owner IS NULL OR m.lease_owner = ${ctx.processId} OR m.lease_until <= ${now}
          OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = m.lease_owner))
        AND (m.retry_at IS NULL OR m.retry_at <= ${now} OR m.retry_at > ${now + longestPauseMs}
          OR m.revision <> ${revision})
      RETURNING place, uid_validity, last_uid, unsettled, failures`),
  });
  const [row] = acquired;
  return (
    row && {
      place: row.place,
      uidValidity: row.uid_validity,
      lastUid: Number(row.last_uid),
      unsettled: JSON.parse(row.unsettled) as number[],
      failures: row.failures,
    }
  );
}

interface ProgressRow {
  place: string;
  uid_validity: bigint | null;
  last_uid: bigint;
  unsettled: string;
  failures: number;
}

/** Renews all leases of this process. */
export async function renewMailboxLeases(ctx: LeaseNeeds): Promise<void> {
  await ctx.db.transaction({
    renewed: run(sql`UPDATE bounce_mailboxes SET lease_until = ${ctx.clock.now() + leaseMs}
      WHERE lease_owner = ${ctx.processId}`),
  });
}

/** The mailboxes whose lease this process has, with the revision of their settings as they are now; null: not to be read. */
export async function heldMailboxes(ctx: Needs<'db' | 'processId'>): Promise<Map<string, string | null>> {
  const found = await ctx.db.query(
    rows<{ id: string; revision: string | null }>(sql`
      SELECT m.id AS id, CASE WHEN m.tenant_id IS NOT NULL THEN a.revision ELSE (
          SELECT CAST(i.bounce_revision AS TEXT) FROM instance i WHERE i.bounce_enabled AND i.bounce_imap_host IS NOT NULL
        ) END AS revision
      FROM bounce_mailboxes m LEFT JOIN accounts a
        ON a.tenant_id = m.tenant_id AND a.id = m.account_id AND a.imap_host IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM accounts o WHERE ${sameMailbox} AND o.id < a.id)
      WHERE m.lease_owner = ${ctx.processId}`),
  );
  return new Map(found.map(({ id, revision }) => [id, revision]));
}

/** Whether this process still has the lease. One that stood still for longer than it lasts may have lost it. */
export async function holdsMailbox(ctx: Needs<'db' | 'processId'>, id: string): Promise<boolean> {
  const found = await ctx.db.query(
    rows<{ id: string }>(sql`SELECT id FROM bounce_mailboxes WHERE ${isHeldBy(ctx, id)}`),
  );
  return found.length > 0;
}

/** A condition on the row of a mailbox: this process reads it. */
export function isHeldBy({ processId }: Needs<'processId'>, id: string): Sql {
  return sql`id = ${id} AND lease_owner = ${processId}`;
}
