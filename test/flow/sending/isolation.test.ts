// A mail server that goes wrong costs its own account alone: mail of other accounts leaves while its attempts still hang,
// and of its own what is immediate.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import {
  type Poison,
  startToxicSmtp,
  type ToxicSmtp,
  type ToxicStep,
} from '../../support/servers/toxic-smtp.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

const toxic: [ToxicStep, Poison][] = [
  ['greeting', 'hang'],
  ['greeting', 'drip'],
  ['RCPT', 'hang'],
  ['DATA', 'drip'],
  ['end', 'hang'],
];

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
const servers: ToxicSmtp[] = [];
beforeEach(async () => {
  stage = await setStage();
});
afterEach(async () => {
  await stage.remove();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

test('an urgent message leaves while more sends hang than the service does at once', async () => {
  const service = await stage.service();
  const sink = await stage.sink();
  const healthy = await addTenant(service, 'healthy', { server: sink });
  const sick = await addTenant(service, 'sick');
  // 15 accounts with 20 sends at once each; the service does 200 at once.
  for (let n = 0; n < 15; n++) {
    const [step, poison] = toxic[n % toxic.length]!;
    const server = await startToxicSmtp(step, poison);
    servers.push(server);
    await addAccount(service, 'sick', `toxic-${n}`, server);
    await sick.handIn(service, mails(`m${n}`, 25, { account_id: `toxic-${n}` }));
  }
  await waitFor('every toxic server to be connected to', () =>
    servers.every(({ connections }) => connections > 0),
  );
  await healthy.handIn(service, [mail('urgent', { priority: 'immediate' })]);
  await sink.waitFor(1);
  const ended = (await sick.list(service)).filter(({ status }) => status !== 'pending');
  expect(ended).toEqual([]);
});

test('immediate messages leave one after the other while all else of their own account hangs', async () => {
  const service = await stage.service({ GMP_MAX_CONCURRENT_PER_ACCOUNT: '10' });
  const isUrgent = (id?: string) => id?.startsWith('urgent') === true;
  const sink = await stage.sink({
    onData: ({ id }) => (isUrgent(id) ? undefined : new Promise<never>(() => {})),
  });
  const tenant = await addTenant(service, 'slow', { server: sink });
  await tenant.handIn(service, mails('m', 30, { priority: 'high' }));
  await sink.waitFor(() => sink.attempts.length >= 9);
  await tenant.handIn(service, mails('urgent', 3, { priority: 'immediate' }));
  await sink.waitFor(3);
  await tenant.handIn(service, [mail('urgent-last', { priority: 'immediate' })]);
  await sink.waitFor(4);
  expect(sink.attempts.filter(({ id }) => !isUrgent(id)).length).toBeLessThanOrEqual(10);
});

const ending: [string, ToxicStep, Poison][] = [
  ['hangs', 'MAIL', 'hang'],
  ['drips', 'RCPT', 'drip'],
  ['floods', 'EHLO', 'endless reply'],
  ['drops', 'body', 'close'],
  ['refuses', 'STARTTLS', { reply: '454 4.7.0 TLS not available due to temporary reason' }],
];

test('when the attempts at such servers end, their messages wait for another, and nothing else has changed', async () => {
  const service = await stage.service({
    GMP_MAX_CONCURRENT_SENDS: '20',
    GMP_SMTP_REPLY_TIMEOUT_SECONDS: '2',
  });
  const sink = await stage.sink();
  const well = await addTenant(service, 'well', { server: sink });
  // Long enough to be cut off on its way.
  const body = `${'x'.repeat(76)}\r\n`.repeat(2000);
  const ill = await addTenant(service, 'ill');
  for (const [name, step, poison] of ending) {
    const server = await startToxicSmtp(step, poison);
    servers.push(server);
    for (const n of [1, 2, 3]) {
      await addAccount(service, 'ill', `${name}-${n}`, server, name === 'refuses' ? { use_tls: true } : {});
      await ill.handIn(service, mails(`${name}-${n}`, 6, { account_id: `${name}-${n}`, body }));
    }
  }
  await well.handIn(service, mails('m', 20));
  await well.handIn(service, [mail('urgent', { priority: 'immediate' })]);
  await sink.waitFor(21);
  const tried = await waitFor(
    'every account to have had an attempt that failed',
    async () => {
      const all = await ill.list(service);
      const failed = new Set(
        all
          .filter(({ history }) => history.some(({ event_type }) => event_type === 'deferred'))
          .map(({ id }) => id.replace(/-\d+$/, '')),
      );
      if (failed.size === ending.length * 3) return all;
      throw new Error(`only ${[...failed].join()}`);
    },
    { timeoutMs: 60_000 },
  );
  // None is given up, and none counts as sent.
  expect(tried.filter(({ status }) => !['pending', 'deferred'].includes(status))).toEqual([]);
  expect((await well.list(service)).filter(({ status }) => status !== 'sent')).toEqual([]);
  expect(sink.count).toBe(21);
});
