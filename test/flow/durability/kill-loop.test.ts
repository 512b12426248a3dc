// Processes are killed in the middle of their sends, again and again: nothing is lost, nothing goes unreported, and what
// leaves twice is told to be in doubt.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { ReceivedMessage, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type ListedMessage, type Tenant } from '../../support/stage/tenant.js';

/** SQLite has the long run: what a kill breaks off is the same on PostgreSQL, and so is how it is taken up again. */
const kills = process.env.TEST_DATABASE === 'postgresql' ? 8 : 20;
const atOnce = 2;
const patience = { timeoutMs: 400_000 };
const settings = {
  GMP_IN_DOUBT_GRACE_SECONDS: '1',
  GMP_RETRY_DELAYS: '1',
  GMP_MAX_RETRIES: '50',
  GMP_MAX_CONCURRENT_PER_ACCOUNT: '5',
};

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});

test(`${kills} kills: lost 0, unreported 0, every duplicate told to be in doubt; with hold no duplicate`, {
  timeout: 600_000,
}, async () => {
  const sinks = { resend: await stage.sink({ delayMs: 40 }), hold: await stage.sink({ delayMs: 40 }) };
  const app = await stage.app();
  const api = await stage.service({ ...settings, GMP_ROLES: 'api' });
  const tenants = {
    resend: await addTenant(api, 'resend', { app, server: sinks.resend }),
    hold: await addTenant(api, 'hold', { app, server: sinks.hold, account: { on_in_doubt: 'hold' } }),
  };
  const startWorker = () => stage.program({ ...settings, GMP_ROLES: 'worker' }, { until: 'health' });
  const workers = await Promise.all([startWorker(), startWorker()]);

  const handedIn: string[] = [];
  let isOver = false;
  const stream = handInUntil(() => isOver, api, Object.values(tenants), sinks, handedIn);
  for (let n = 0; n < kills; n += atOnce) {
    // Bodies have arrived that wait for their replies, and more follow.
    const from = sinks.resend.attempts.length;
    await sinks.resend.waitFor(
      (_m, { attempts }) => attempts.length > from + 10 && hasOpen(attempts),
      patience,
    );
    await sinks.hold.waitFor((_m, { attempts }) => hasOpen(attempts), patience);
    await Promise.all(workers.map((worker) => worker.kill()));
    workers.splice(0, atOnce, ...(await Promise.all([startWorker(), startWorker()])));
  }
  isOver = true;
  await stream;

  const [resend, hold] = await Promise.all([allEnded(tenants.resend, api), allEnded(tenants.hold, api)]);
  for (const [tenant, messages] of [
    ['resend', resend],
    ['hold', hold],
  ] as const) {
    expect(messages.map(({ id }) => id).sort()).toEqual([...handedIn].sort());
    const told = app.entries.filter(({ tenant_id }) => tenant_id === tenant);
    const final = new Set(told.filter((one) => one.sent_ts ?? one.error_ts).map(({ id }) => id));
    expect(handedIn.filter((id) => !final.has(id))).toEqual([]);
  }

  expect(resend.filter(({ status }) => status !== 'sent')).toEqual([]);
  const copies = arrivals(sinks.resend);
  expect(handedIn.filter((id) => !copies.has(id))).toEqual([]);
  for (const message of resend) {
    const arrived = copies.get(message.id) ?? [];
    expect(arrived.length, message.id).toBeLessThanOrEqual(1 + doubtsOf(message));
    expect(new Set(arrived.map((one) => one.header('Message-ID'))).size).toBe(1);
  }
  const doubts = resend.reduce((sum, message) => sum + doubtsOf(message), 0);
  expect(doubts).toBeGreaterThanOrEqual(kills);

  const once = arrivals(sinks.hold);
  expect([...once.values()].filter((arrived) => arrived.length > 1)).toEqual([]);
  const held = hold.filter(({ status }) => status === 'error');
  expect(held.length).toBeGreaterThan(0);
  expect(new Set(held.map(({ error }) => error))).toEqual(new Set(['in_doubt']));
  expect(held.filter((message) => doubtsOf(message) !== 1)).toEqual([]);
  expect(hold.filter(({ id, status }) => status === 'sent' && !once.has(id))).toEqual([]);
});

/** Never so much that the queue grows, never so little that a worker has nothing to send. */
async function handInUntil(
  isOver: () => boolean,
  api: Service,
  tenants: Tenant[],
  sinks: Record<string, SmtpSink>,
  ids: string[],
): Promise<void> {
  for (let n = 0; !isOver(); n++) {
    const some = mails(`m-${n}`, 20);
    await Promise.all(tenants.map((tenant) => tenant.handIn(api, some)));
    ids.push(...some.map(({ id }) => id));
    const enough = ids.length - 60;
    while (!isOver() && Object.values(sinks).some((sink) => arrivals(sink).size < enough)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function hasOpen(attempts: ReceivedMessage[]): boolean {
  return attempts.slice(-20).some(({ answer }) => answer === undefined);
}

/** What the server took, by id. */
function arrivals(sink: SmtpSink): Map<string, ReceivedMessage[]> {
  const all = new Map<string, ReceivedMessage[]>();
  for (const one of sink.messages) {
    const id = one.id ?? '';
    all.set(id, [...(all.get(id) ?? []), one]);
  }
  return all;
}

function allEnded(tenant: Tenant, api: Service): Promise<ListedMessage[]> {
  const isOver = ({ status, reported_ts }: ListedMessage) =>
    (status === 'sent' || status === 'error') && reported_ts !== undefined;
  return tenant.untilAll(api, isOver, patience);
}

function doubtsOf({ history }: ListedMessage): number {
  return history.filter(({ metadata }) => metadata?.in_doubt === true).length;
}
