// Recipients fare each on their own: who was taken has the mail once, who was put off is tried again alone, and all is told.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { SmtpAnswer, SmtpSinkOptions } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_RETRY_DELAYS: '1,1', GMP_MAX_RETRIES: '2' });
});

interface Fate {
  address: string;
  status: string;
  smtp_code?: number;
  error?: string;
}

const greylisted: SmtpAnswer = { code: 450, message: '4.2.0 greylisted, try again' };
const unknown: SmtpAnswer = { code: 550, message: '5.1.1 no such user' };

async function recipientsOf(tenant: string, id: string): Promise<Fate[]> {
  const { body } = await service.api<{ recipients: Fate[] }>('GET', `/messages/${id}?tenant_id=${tenant}`);
  return body.recipients;
}

test('taken, put off and refused ones: each gets what it is due, once, and each fate is listed and reported', async () => {
  const sink = await stage.sink({
    onRcpt: (address, attempt) => {
      if (address.startsWith('later') && attempt === 1) return greylisted;
      return address.startsWith('nobody') ? unknown : undefined;
    },
  });
  const app = await stage.app();
  const tenant = await addTenant(service, 'mixed', { app, server: sink });
  await tenant.handIn(service, [
    mail('m', {
      to: ['ann@example.test', 'later@example.test'],
      cc: 'nobody@example.test',
      bcc: 'bob@example.test',
    }),
  ]);
  const first = await tenant.until(service, 'm', ({ status }) => status === 'deferred');
  expect(first.sent_ts).toBeDefined();
  const { body } = await tenant.post(service, [mail('m', { subject: 'Replaced' })]);
  expect(body).toMatchObject({ queued: 0, rejected: [{ id: 'm', reason: 'already sent' }] });

  await tenant.until(
    service,
    'm',
    ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined,
  );
  expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([
    ['ann@example.test', 'bob@example.test'],
    ['later@example.test'],
  ]);
  const [one, two] = sink.messages.map((received) => received.header('Message-ID'));
  expect(one).toMatch(/^<.+@acme\.test>$/);
  expect(two).toBe(one);
  const fates = await recipientsOf('mixed', 'm');
  expect(fates.map(({ address, status, smtp_code }) => [address, status, smtp_code])).toEqual([
    ['ann@example.test', 'sent', 250],
    ['later@example.test', 'sent', 250],
    ['nobody@example.test', 'error', 550],
    ['bob@example.test', 'sent', 250],
  ]);
  expect(fates[2]?.error).toContain('no such user');
  const told = app.entries.filter(({ id }) => id === 'm');
  expect(told.map((entry) => Object.keys(entry).find((key) => key.endsWith('_ts')))).toEqual([
    'sent_ts',
    'deferred_ts',
    'sent_ts',
  ]);
  expect(told[0]?.recipients).toHaveLength(4);
  expect(told[2]?.recipients).toMatchObject([{ address: 'later@example.test', status: 'sent' }]);
});

test('one that is put off until nothing is left to try is refused, and the message stays sent', async () => {
  const sink = await stage.sink({
    onRcpt: (address) => (address.startsWith('later') ? greylisted : undefined),
  });
  const tenant = await addTenant(service, 'never', { server: sink });
  await tenant.handIn(service, [mail('m', { to: ['ann@example.test', 'later@example.test'] })]);
  const over = await tenant.until(service, 'm', ({ status }) => status === 'sent');
  expect(over.retry_count).toBe(2);
  expect(await recipientsOf('never', 'm')).toMatchObject([
    { address: 'ann@example.test', status: 'sent' },
    { address: 'later@example.test', status: 'error', smtp_code: 450 },
  ]);
  expect(sink.messages).toHaveLength(1);
  const [event] = over.history.slice(-1);
  expect(event).toMatchObject({ event_type: 'sent', metadata: { recipients: [{ status: 'error' }] } });
});

interface Giving {
  name: string;
  account?: object;
  sink?: SmtpSinkOptions;
  /** Done while `later` waits for its second attempt. */
  meanwhile?: (tenant: string) => Promise<unknown>;
  error: string | RegExp;
  code?: number;
  remark?: object;
}

test.each<Giving>([
  {
    name: 'held-in-doubt',
    account: { on_in_doubt: 'hold' },
    sink: { onData: (_message, n) => (n === 2 ? 'drop' : undefined) },
    error: 'in_doubt',
    remark: { in_doubt: true },
  },
  {
    name: 'login-asked-for',
    sink: {
      onRcpt: (address, attempt) => {
        if (!address.startsWith('later')) return undefined;
        return attempt === 1 ? greylisted : { code: 530, message: '5.7.0 Authentication Required' };
      },
    },
    error: /Authentication Required/,
    code: 530,
  },
  {
    name: 'over-a-limit',
    account: { limit_per_hour: 1, limit_behavior: 'reject' },
    error: 'rate_limit_exceeded',
    remark: { rate_limit: { window: 'hour', limit: 1 } },
  },
  {
    name: 'account-deleted',
    meanwhile: (tenant) => service.api('DELETE', `/account/main?tenant_id=${tenant}`),
    error: 'The account main no longer exists',
  },
])(
  'sent to some, and the others given up because of $name: it is sent, and each end is listed and told with its reason',
  async ({ name, account = {}, sink: answers, meanwhile, error, code, remark }) => {
    const sink = await stage.sink({
      onRcpt: (address, attempt) => (address.startsWith('later') && attempt === 1 ? greylisted : undefined),
      ...answers,
    });
    const app = await stage.app();
    const tenant = await addTenant(service, name, { app, server: sink, account: { ...account } });
    const to = ['ann@example.test', 'later@example.test', 'later-too@example.test'];
    await tenant.handIn(service, [mail('m', { to })]);
    const first = await tenant.until(service, 'm', ({ status }) => status === 'deferred');
    await meanwhile?.(name);
    const over = await tenant.until(
      service,
      'm',
      ({ status, reported_ts }) => (status === 'sent' || status === 'error') && reported_ts !== undefined,
    );
    expect(over).toMatchObject({ status: 'sent', sent_ts: first.sent_ts });
    expect([over.error, over.error_ts]).toEqual([undefined, undefined]);
    const givenUp = (address: string | undefined) => ({
      address,
      status: 'error',
      error: typeof error === 'string' ? error : expect.stringMatching(error),
      ...(code !== undefined && { smtp_code: code, reason: 'policy' }),
    });
    const ends = [givenUp(to[1]), givenUp(to[2])];
    expect(await recipientsOf(name, 'm')).toEqual([
      { address: to[0], status: 'sent', smtp_code: 250 },
      ...ends,
    ]);
    const [event] = over.history.slice(-1);
    expect(event).toMatchObject({ event_type: 'sent', metadata: { ...remark, recipients: ends } });
    expect(event?.description).toMatch(error);
    expect(app.entries.at(-1)).toMatchObject({ id: 'm', sent_ts: expect.any(Number), recipients: ends });
    expect(app.entries.filter(({ error_ts }) => error_ts !== undefined)).toEqual([]);
  },
);

test('when all are refused the message fails, with each reply', async () => {
  const sink = await stage.sink({
    onRcpt: (address) => ({ code: 550, message: `5.1.1 <${address}> is unknown` }),
  });
  const app = await stage.app();
  const tenant = await addTenant(service, 'all', { app, server: sink });
  await tenant.handIn(service, [mail('m', { to: ['a@example.test', 'b@example.test'] })]);
  await tenant.until(
    service,
    'm',
    ({ status, reported_ts }) => status === 'error' && reported_ts !== undefined,
  );
  expect(sink.messages).toHaveLength(0);
  const [entry] = app.entries;
  expect(entry?.recipients).toMatchObject([
    { address: 'a@example.test', status: 'error', smtp_code: 550, error: expect.stringContaining('<a@') },
    { address: 'b@example.test', status: 'error', smtp_code: 550, error: expect.stringContaining('<b@') },
  ]);
});

test('of recipients who are all put off or refused, those put off alone are tried again', async () => {
  const offers: string[] = [];
  const sink = await stage.sink({
    onRcpt: (address, attempt) => {
      offers.push(address);
      if (address.startsWith('nobody')) return unknown;
      return attempt === 1 ? greylisted : undefined;
    },
  });
  const tenant = await addTenant(service, 'again', { server: sink });
  await tenant.handIn(service, [mail('m', { to: ['later@example.test', 'nobody@example.test'] })]);
  await tenant.until(service, 'm', ({ status }) => status === 'sent');
  expect(offers).toEqual(['later@example.test', 'nobody@example.test', 'later@example.test']);
});
