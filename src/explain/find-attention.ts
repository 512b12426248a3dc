// Finds what an operator has to look after now, the most urgent first: each in a sentence, with how long it has lasted, and
// until when where that is known. A few statements, each with a bound.
import type { Needs } from '../queue/context.js';
import { findAccountStates } from '../store/account-state/find-states.js';
import { listOwners } from '../store/account-state/list-owners.js';
import { findFailingEndpoints } from '../store/attention/failing-endpoints.js';
import { findFailingMailboxes } from '../store/attention/failing-mailboxes.js';
import { findOldestDue } from '../store/attention/oldest-due.js';
import { findDeadProcesses } from '../store/instance/dead-processes.js';
import { isAnyWorkerAlive } from '../store/instance/heartbeat.js';
import { isActive } from '../store/tenants/suspend.js';

export const attentionKinds = [
  'stopped',
  'redis',
  'no_worker',
  'silent_process',
  'breaker',
  'window_full',
  'oldest_due',
  'endpoint',
  'mailbox',
] as const;

export interface Attention {
  kind: (typeof attentionKinds)[number];
  description: string;
  tenantId?: string;
  accountId?: string;
  /** Of a message. */
  messageId?: string;
  /** Milliseconds since the epoch. */
  since?: number;
  until?: number | undefined;
}

type AttentionNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock' | 'redisWatch' | 'processId'>;

/** Of each kind. */
const most = 50;

/** What has waited for less leaves with the next sweep, or the next report. */
const patienceMs = 60_000;
const reportPatienceMs = 120_000;

/** @param tenantId only what concerns this tenant; undefined: everything */
export async function findAttention(ctx: AttentionNeeds, tenantId: string | undefined): Promise<Attention[]> {
  const found = await Promise.all([
    ofInstallation(ctx),
    tenantId === undefined ? ofProcesses(ctx) : [],
    ofBreakers(ctx, tenantId),
    ofWindows(ctx, tenantId),
    ofMessages(ctx, tenantId),
    ofEndpoints(ctx, tenantId),
    ofMailboxes(ctx, tenantId),
  ]);
  return found.flat();
}

async function ofInstallation(ctx: AttentionNeeds): Promise<Attention[]> {
  const fault = ctx.redisWatch.fault();
  const [active, hasWorker] = await Promise.all([isActive(ctx), isAnyWorkerAlive(ctx)]);
  return [
    ...(active
      ? []
      : [
          {
            kind: 'stopped',
            description: 'All sending is stopped. Messages are accepted and wait.',
          } as const,
        ]),
    ...(fault === undefined
      ? []
      : [{ kind: 'redis', description: `Redis: ${fault}. Messages are accepted and wait.` } as const]),
    ...(hasWorker
      ? []
      : [
          {
            kind: 'no_worker',
            description: 'No process with the worker role is running: nothing is sent.',
          } as const,
        ]),
  ];
}

async function ofProcesses(ctx: AttentionNeeds): Promise<Attention[]> {
  const dead = await findDeadProcesses(ctx);
  if (dead.length === 0) return [];
  const silent = await ctx.db.read.process.findMany({ where: { id: { in: dead } }, take: most });
  return silent.map(({ host, pid, heartbeatAt }) => ({
    kind: 'silent_process',
    description: `Process ${pid} on ${host} is silent. The next sweep takes over what it had begun.`,
    since: Number(heartbeatAt),
  }));
}

async function ofBreakers(ctx: AttentionNeeds, tenantId: string | undefined): Promise<Attention[]> {
  const owners = await listOwners(ctx, { tenantId, only: 'breaker', limit: most, after: undefined });
  const states = owners.length === 0 ? [] : await findAccountStates(ctx, owners.slice(0, most));
  return states.flatMap(({ breaker, ...owner }) =>
    breaker?.isOpen
      ? {
          kind: 'breaker' as const,
          ...named(owner),
          description: `${accountOf(owner)} is paused${breaker.probeAt === undefined ? ' until it is changed or verified' : ''}: ${breaker.reason}`,
          since: breaker.openedAt,
          until: breaker.probeAt,
        }
      : [],
  );
}

async function ofWindows(ctx: AttentionNeeds, tenantId: string | undefined): Promise<Attention[]> {
  const owners = await listOwners(ctx, { tenantId, only: 'limited', limit: most, after: undefined });
  const states = owners.length === 0 ? [] : await findAccountStates(ctx, owners.slice(0, most));
  return states.flatMap(({ windows, queued, ...owner }) =>
    // Where nothing waits, a full window holds nothing back.
    windows
      .filter(({ opensAt }) => opensAt !== undefined && queued.size > 0)
      .map(({ name, limit, opensAt }) => ({
        kind: 'window_full' as const,
        ...named(owner),
        description: `${accountOf(owner)} has reached the limit of ${limit} a ${name.replace('tenant_', '')}${name.startsWith('tenant') ? ' of its tenant' : ''}.`,
        until: opensAt,
      })),
  );
}

async function ofMessages(ctx: AttentionNeeds, tenantId: string | undefined): Promise<Attention[]> {
  const before = ctx.clock.now() - patienceMs;
  const found = await findOldestDue(ctx, { tenantId, before, limit: most });
  return found.map(({ id, dueAt, isStopped, ...owner }) => ({
    kind: 'oldest_due',
    ...named(owner),
    messageId: id,
    description: isStopped
      ? `Message ${id} of tenant ${owner.tenantId} waits, because the tenant or its batch is stopped.`
      : `Message ${id} of tenant ${owner.tenantId} is the oldest that is due.`,
    since: dueAt,
  }));
}

async function ofEndpoints(ctx: AttentionNeeds, tenantId: string | undefined): Promise<Attention[]> {
  const before = ctx.clock.now() - reportPatienceMs;
  const found = await findFailingEndpoints(ctx, { tenantId, before, limit: most });
  return found.map(({ tenantId, isGone, fault, oldestAt }) => ({
    kind: 'endpoint',
    tenantId,
    description: isGone
      ? `The endpoint of tenant ${tenantId} answered 410 Gone: it gets no reports until it is changed.`
      : fault !== undefined
        ? `Reports to tenant ${tenantId} break off: ${fault}`
        : `The endpoint of tenant ${tenantId} does not acknowledge its reports.`,
    ...(oldestAt !== undefined && { since: oldestAt }),
  }));
}

async function ofMailboxes(ctx: AttentionNeeds, tenantId: string | undefined): Promise<Attention[]> {
  const found = await findFailingMailboxes(ctx, tenantId, most);
  return found.map(({ tenantId, accountId, error, at, retryAt }) => ({
    kind: 'mailbox',
    ...(tenantId !== null && { tenantId, ...(accountId !== null && { accountId }) }),
    description: `The mailbox for bounces${tenantId === null ? '' : ` of account ${accountId} of tenant ${tenantId}`} cannot be read: ${error}`,
    since: at,
    until: retryAt,
  }));
}

interface Named {
  tenantId: string;
  accountId: string | null;
}

function named({ tenantId, accountId }: Named) {
  return { tenantId, ...(accountId !== null && { accountId }) };
}

function accountOf({ tenantId, accountId }: Named): string {
  return accountId === null
    ? `The account of the installation, for tenant ${tenantId},`
    : `Account ${accountId} of tenant ${tenantId}`;
}
