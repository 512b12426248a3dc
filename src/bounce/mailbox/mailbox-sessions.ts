// The mailboxes that this process reads: one session each, under the lease, begun anew when its settings change.
import { openDnsLookup } from '../../dial/dns-lookup.js';
import { reasonOf } from '../../errors.js';
import { findMailbox, type Mailbox } from '../../store/bounce-mailboxes/find-mailbox.js';
import {
  acquireMailboxLease,
  heldMailboxes,
  type Progress,
  renewMailboxLeases,
} from '../../store/bounce-mailboxes/lease.js';
import { type Failure, releaseMailbox } from '../../store/bounce-mailboxes/progress.js';
import { MailboxFault, pauseMs } from './mailbox-fault.js';
import { type MailboxNeeds, readMailbox } from './read-mailbox.js';

interface MailboxSessions {
  /** Begins to read the mailbox, unless it is being read, by whichever process, or waits after a failure. */
  read(id: string): Promise<void>;
  /** Resolves when all sessions have ended, each after the page that it is reading. */
  close(): Promise<void>;
}

/** What this process does. */
interface Reader {
  ctx: MailboxNeeds;
  sessions: Map<string, Session>;
  /** Mailboxes whose lease is being acquired. */
  beginning: Set<string>;
  /** How to cancel the next try of mailboxes that have failed. */
  retries: Map<string, () => void>;
  /** Mails at which the last session has ended, by mailbox. */
  suspects: Map<string, Progress['suspect']>;
  isClosing: boolean;
}

interface Session {
  /** Of the settings that it was begun with. */
  revision: string;
  /** Null: the installation's. */
  tenantId: string | null;
  /** Whether all that waited was read at least once. */
  hasRead: boolean;
  stop: AbortController;
  done: Promise<void>;
}

/**
 * Sessions of one tenant, because each has a connection and up to 8 MB of what its server says. Where a tenant has more
 * mailboxes, they take turns at the pace of their jobs.
 */
const mostOfTenant = 10;

/** How soon a change of settings, or a reload, takes effect. */
const watchEveryMs = 1000;
/** A sixth of what a lease lasts. */
const renewEveryMs = 10_000;
/** After a fault of the database, which has nothing to do with the mailbox. */
const afterOutageMs = 5000;

export function openMailboxSessions(given: Omit<MailboxNeeds, 'lookup'>): MailboxSessions {
  const ctx = { ...given, lookup: openDnsLookup(given) };
  const reader: Reader = {
    ctx,
    sessions: new Map(),
    beginning: new Set(),
    retries: new Map(),
    suspects: new Map(),
    isClosing: false,
  };
  const often = (ms: number, task: () => Promise<void>) =>
    ctx.clock.every(ms, () => {
      if (reader.sessions.size > 0) void task().catch((error: unknown) => logOutage(reader, error));
    });
  const stopWatching = often(watchEveryMs, () => beginChangedAnew(reader));
  const stopRenewing = often(renewEveryMs, () => renewMailboxLeases(ctx));
  return {
    read: (id) => begin(reader, id),
    async close() {
      reader.isClosing = true;
      for (const cancel of reader.retries.values()) cancel();
      for (const { stop } of reader.sessions.values()) stop.abort();
      await Promise.all([...reader.sessions.values()].map(({ done }) => done));
      stopWatching();
      stopRenewing();
    },
  };
}

async function begin(reader: Reader, id: string): Promise<void> {
  const { ctx, sessions, beginning } = reader;
  if (reader.isClosing || sessions.has(id) || beginning.has(id)) return;
  beginning.add(id);
  try {
    const mailbox = await findMailbox(ctx, id);
    if (mailbox === undefined) return;
    const progress = await acquireMailboxLease(ctx, mailbox);
    if (progress === undefined) return;
    if (!makeRoom(reader, mailbox)) {
      await releaseMailbox(ctx, id, undefined);
      return;
    }
    const stop = new AbortController();
    if (reader.isClosing) stop.abort();
    const { revision, tenantId } = mailbox;
    const session: Session = { revision, tenantId, hasRead: false, stop, done: Promise.resolve() };
    sessions.set(id, session);
    session.done = run(reader, mailbox, progress, session);
  } finally {
    beginning.delete(id);
  }
}

/**
 * Ends the tenant's oldest session that only waits for news, where it has too many.
 * @returns false when all of them still have something to read: the next job tries again
 */
function makeRoom({ sessions }: Reader, { tenantId }: Mailbox): boolean {
  if (tenantId === null) return true;
  const own = [...sessions.values()].filter((one) => one.tenantId === tenantId && !one.stop.signal.aborted);
  if (own.length < mostOfTenant) return true;
  const waiting = own.find(({ hasRead }) => hasRead);
  waiting?.stop.abort();
  return waiting !== undefined;
}

async function run(reader: Reader, mailbox: Mailbox, progress: Progress, session: Session): Promise<void> {
  const { ctx, sessions, suspects } = reader;
  const { id } = mailbox;
  let again: number | undefined;
  progress.suspect = suspects.get(id);
  try {
    const failure = await readToEnd(ctx, mailbox, progress, session);
    again = failure && failure.retryAt - ctx.clock.now();
    await releaseMailbox(ctx, id, failure);
  } catch (error) {
    again = afterOutageMs;
    logOutage(reader, error);
  } finally {
    sessions.delete(id);
    if (progress.suspect) suspects.set(id, progress.suspect);
    else suspects.delete(id);
    if (again !== undefined) tryAgain(reader, id, again);
  }
}

/** Beside the jobs, whose interval may be hours. */
function tryAgain(reader: Reader, id: string, ms: number): void {
  const { ctx, retries } = reader;
  if (reader.isClosing) return;
  retries.get(id)?.();
  const cancel = ctx.clock.after(ms, () => {
    retries.delete(id);
    begin(reader, id).catch((error: unknown) => logOutage(reader, error));
  });
  retries.set(id, cancel);
}

/** Also ends the sessions of mailboxes that are no longer to be read, and of those whose lease was lost. */
async function beginChangedAnew(reader: Reader): Promise<void> {
  const held = await heldMailboxes(reader.ctx);
  for (const [id, { revision, stop, done }] of reader.sessions) {
    if (stop.signal.aborted || held.get(id) === revision) continue;
    stop.abort();
    void done.then(() => begin(reader, id)).catch((error: unknown) => logOutage(reader, error));
  }
}

/** @returns what is to be noted of a failure; undefined: there was none */
async function readToEnd(
  ctx: MailboxNeeds,
  mailbox: Mailbox,
  progress: Progress,
  session: Session,
): Promise<Failure | undefined> {
  const stop = session.stop.signal;
  const { id, host } = mailbox;
  let { failures } = progress;
  try {
    await readMailbox(ctx, mailbox, progress, stop, () => {
      session.hasRead = true;
      failures = 0;
    });
    return undefined;
  } catch (error) {
    if (stop.aborted) return undefined;
    if (!(error instanceof MailboxFault)) throw error;
    failures += 1;
    ctx.metrics.mailboxFailed(error.kind);
    const facts = { event: 'mailbox.failed', mailbox: id, host, kind: error.kind, failures };
    ctx.log.warn(facts, `The mailbox for bounces "${id}" cannot be read: ${error.message}`);
    return { error: error.message, failures, retryAt: ctx.clock.now() + pauseMs(error.kind, failures) };
  }
}

/** Another process goes on when the lease ends, or this one does. */
function logOutage({ ctx }: Reader, error: unknown): void {
  const facts = { event: 'mailbox.broke_off', reason: reasonOf(error) };
  ctx.log.debug(facts, 'Reading a mailbox broke off, for a reason that is not the mailbox');
}
