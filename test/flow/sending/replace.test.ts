// An id that is handed in again and again, through two processes, while workers pick it up: one mail, of the last version.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant, countIds, type Tenant } from '../../support/stage/tenant.js';

const patience = { timeoutMs: 50_000 };

let stage: Stage;
let sink: SmtpSink;
let app: ReportApp;
let services: [Service, Service];
beforeAll(async () => {
  stage = await setStage();
  [sink, app] = await Promise.all([stage.sink({ delayMs: 5 }), stage.app()]);
  // Few at once, so that some wait while others are picked up.
  const settings = { GMP_MAX_CONCURRENT_PER_ACCOUNT: '3' };
  services = await Promise.all([stage.service(settings), stage.program(settings)]);
});

/** What makes one version another than the last: its place in the queue, its queue, its time. */
const changes = [
  () => ({ account_id: 'main' }),
  () => ({ account_id: 'second' }),
  () => ({ account_id: 'second', priority: 0 }),
  () => ({ account_id: 'main', deferred_ts: Date.now() / 1000 + 0.3 }),
  () => ({ account_id: 'main', priority: 3 }),
];

/** Hands the id in until it was sent, or `versions` times. @returns the version that was queued last, and the reasons */
async function insist(tenant: Tenant, id: string, versions: number) {
  const reasons: string[] = [];
  let queued = 0;
  for (let version = 1; version <= versions; version++) {
    const fields = { subject: `Version ${version}`, ...changes[version % changes.length]!() };
    const { status, body } = await tenant.post(services[version % 2]!, [mail(id, fields)]);
    if (status === 200 && body.queued === 1) queued = version;
    else reasons.push(reasonIn(body));
    if (reasons.at(-1) === 'already sent') break;
  }
  return { id, queued, reasons };
}

function reasonIn(body: Record<string, unknown>): string {
  const { rejected } = (body.detail ?? body) as { rejected: { reason: string }[] };
  return rejected[0]?.reason ?? '';
}

test('there is one mail of each id, of the version that was queued last, and one report', async () => {
  const tenant = await addTenant(services[0], 'race', { app, server: sink });
  await addAccount(services[0], 'race', 'second', sink);
  const ids = Array.from({ length: 60 }, (_, i) => `r${i + 1}`);
  const outcomes = await Promise.all(ids.map((id) => insist(tenant, id, 12)));
  await tenant.untilAll(services[0], ({ status }) => status === 'sent', patience);
  await app.waitFor(({ entries }) => countIds(entries).size === ids.length, patience);

  const subjects = sink.messages.map(({ id, header }) => `${id}: ${header('subject')}`);
  expect(subjects.sort()).toEqual(outcomes.map(({ id, queued }) => `${id}: Version ${queued}`).sort());
  expect(app.entries).toHaveLength(ids.length);
  const reasons = new Set(outcomes.flatMap((outcome) => outcome.reasons));
  for (const reason of reasons) expect(reason).toMatch(/^already sent$|^being sent;/);
});

test('what waits for its account to be allowed more is replaced as well', async () => {
  const limits = { limit_per_minute: 3 };
  const tenant = await addTenant(services[0], 'slow', { server: sink, account: limits });
  const first = mails('s', 10);
  await tenant.handIn(services[0], first);
  await sink.waitFor((messages) => messages.filter(({ id }) => id?.startsWith('s-')).length === 3);
  const answers = await Promise.all(
    first.map((one, i) => tenant.post(services[i % 2]!, [{ ...one, subject: 'Second' }])),
  );
  const replaced = first.filter((_, i) => answers[i]?.body.queued === 1).map(({ id }) => id);
  expect(replaced).toHaveLength(7);
  const more = await services[1].api('PUT', '/account/main?tenant_id=slow', { limit_per_minute: null });
  expect(more.status).toBe(200);
  await tenant.untilAll(services[0], ({ status }) => status === 'sent', patience);
  const mailsOf = sink.messages.filter(({ id }) => id?.startsWith('s-'));
  expect(mailsOf).toHaveLength(10);
  const second = mailsOf.filter(({ header }) => header('subject') === 'Second').map(({ id }) => id);
  expect(second.sort()).toEqual(replaced.sort());
});

test('what is on the wire is refused as being sent, and sent once when its server takes it', async () => {
  let answer = () => {};
  const held = await stage.sink({
    onData: () =>
      new Promise((resolve) => {
        answer = () => resolve(undefined);
      }),
  });
  const tenant = await addTenant(services[0], 'wire', { server: held });
  await tenant.handIn(services[0], [mail('w')]);
  await waitFor('the mail to be on the wire', () => held.attempts.length === 1);
  const { status, body } = await tenant.post(services[1], [mail('w', { subject: 'Second' })]);
  expect({ status, reason: reasonIn(body) }).toEqual({
    status: 400,
    reason: expect.stringMatching(/^being sent/),
  });
  answer();
  await tenant.until(services[0], 'w', (one) => one.status === 'sent');
  expect(held.messages.map(({ header }) => header('subject'))).toEqual(['About w']);
  expect(reasonIn((await tenant.post(services[1], [mail('w')])).body)).toBe('already sent');
});
