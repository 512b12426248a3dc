// Messages leave by priority, then first come first served; not before their time; and each id once.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { SmtpAnswer, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant, type Tenant } from '../../support/stage/tenant.js';

const patience = { timeoutMs: 30_000 };

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_MAX_CONCURRENT_PER_ACCOUNT: '1' });
});

test('what waits leaves in order of priority, and first come first served within one', async () => {
  const { sink, release } = await holdingSink();
  const tenant = await addTenant(service, 'acme', { server: sink });
  await tenant.handIn(service, [mail('held')]);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 1);
  const posted = [3, 2, 0, 1, 'low', 'immediate', 'high', 'medium'].map((priority, i) =>
    mail(`${i}`, { priority }),
  );
  for (const message of posted) await tenant.handIn(service, [message]);
  await tenant.handIn(service, [...mails('call', 3), mail('call-0', { priority: 0 })]);
  await allAreQueued(tenant);
  release();

  await sink.waitFor(13, patience);
  const order = sink.messages.map(({ id }) => id);
  expect(order).toEqual([
    'held',
    '2',
    '5',
    'call-0',
    '3',
    '6',
    '1',
    '7',
    'call-1',
    'call-2',
    'call-3',
    '0',
    '4',
  ]);
});

test('a message is listed as deferred and not sent before its deferred_ts', async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'defer', { server: sink });
  const deferred_ts = secondsFromNow(2);
  await tenant.handIn(service, [
    mail('later', { deferred_ts }),
    mail('now'),
    mail('past', { deferred_ts: 1 }),
  ]);
  expect(await tenant.find(service, 'later')).toMatchObject({ status: 'deferred', deferred_ts });

  await sink.waitFor(3, patience);
  expect(sink.messages.map(({ id }) => id)).toEqual(['now', 'past', 'later']);
  expect(sink.messages[2]!.receivedAt).toBeGreaterThanOrEqual(deferred_ts * 1000);
  const sent = await tenant.until(service, 'later', ({ status }) => status === 'sent');
  expect(sent.sent_ts).toBeGreaterThanOrEqual(deferred_ts);
});

test('an unsent message handed in again leaves once, with the new content, time and account', async () => {
  const [oldSink, sink] = [await stage.sink(), await stage.sink()];
  const tenant = await addTenant(service, 'replace', { server: oldSink });
  await addAccount(service, tenant.id, 'other', sink);
  const deferred_ts = secondsFromNow(2);
  await tenant.handIn(service, [
    mail('sooner', { account_id: 'main', deferred_ts }),
    mail('same', { account_id: 'main', deferred_ts }),
  ]);
  const { pk } = await tenant.find(service, 'same');
  const fresh = { account_id: 'other', subject: 'New', body: 'New content.' };
  await tenant.handIn(service, [mail('sooner', fresh), mail('same', { ...fresh, deferred_ts })]);
  await tenant.handIn(service, [mail('last', { account_id: 'other', deferred_ts: deferred_ts + 1 })]);
  expect((await tenant.find(service, 'same')).pk).toBe(pk);

  // By the time the last one leaves, whatever was left of the first versions would have left as well.
  await sink.waitFor((messages) => messages.some(({ id }) => id === 'last'), patience);
  expect(sink.messages.map(({ id }) => id)).toEqual(['sooner', 'same', 'last']);
  for (const message of sink.messages.slice(0, 2)) {
    expect(message.header('Subject')).toBe('New');
    expect(message.raw.toString()).toContain('New content.');
  }
  expect(oldSink.attempts).toEqual([]);
});

test('a sent id is rejected as already sent, one that is being sent as such; neither leaves twice', async () => {
  const { sink, release } = await holdingSink();
  const tenant = await addTenant(service, 'again', { server: sink });
  await tenant.handIn(service, [mail('m')]);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 1);
  const during = await tenant.post(service, [mail('m', { subject: 'During' }), mail('next')]);
  expect(during).toMatchObject({ status: 200, body: { queued: 1, rejected: [{ id: 'm' }] } });
  release();

  await tenant.untilAll(service, ({ status }) => status === 'sent');
  const after = await tenant.post(service, [mail('m', { subject: 'After' })]);
  expect(after.status).toBe(200);
  expect(after.body).toMatchObject({ queued: 0, rejected: [{ id: 'm', reason: 'already sent' }] });
  await tenant.handIn(service, [mail('last')]);
  await sink.waitFor((messages) => messages.some(({ id }) => id === 'last'), patience);
  expect(sink.messages.map((message) => message.header('Subject'))).toEqual([
    'About m',
    'About next',
    'About last',
  ]);
});

/** Keeps back its reply to the first message until told. */
async function holdingSink(): Promise<{ sink: SmtpSink; release: () => void }> {
  let release = () => {};
  const held = new Promise<SmtpAnswer>((answer) => {
    release = () => answer(undefined);
  });
  return { sink: await stage.sink({ onData: (_message, n) => (n === 1 ? held : undefined) }), release };
}

/** Queueing keeps its order, so what was handed in before a message that has arrived elsewhere is queued. */
async function allAreQueued(tenant: Tenant): Promise<void> {
  const elsewhere = await stage.sink();
  await addAccount(service, tenant.id, 'elsewhere', elsewhere);
  await tenant.handIn(service, [mail('elsewhere', { account_id: 'elsewhere' })]);
  await elsewhere.waitFor(1);
}

function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
