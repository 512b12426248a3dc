// Addresses on a tenant's suppression list are not sent to, visibly; the list fills itself where the tenant asks for it.
import { beforeAll, expect, test } from 'vitest';
import { openBounceMailbox } from '../../support/bounces/bounce-mailbox.js';
import { bounceMail, complaintMail } from '../../support/bounces/returned-mail.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let service: Service;
let sink: SmtpSink;
let app: ReportApp;
let tenant: Record<string, Tenant>;
let receive: Awaited<ReturnType<typeof openBounceMailbox>>;
let made = 0;

const unknownUser = '550 5.1.1 User unknown';

beforeAll(async () => {
  const stage = await setStage();
  const onRcpt = (address: string) => {
    if (address.startsWith('nobody@')) return { code: 550, message: '5.1.1 User unknown' };
    return address.startsWith('big@') ? { code: 552, message: '5.3.4 Message too big' } : undefined;
  };
  sink = await stage.sink({ onRcpt });
  app = await stage.app();
  service = await stage.service();
  const account = { return_path: 'bounces+%verp%@acme.test' };
  const add = (id: string, suppress?: string) =>
    addTenant(service, id, { app, server: sink, account, tenant: suppress ? { suppress } : {} });
  tenant = {
    off: await add('off'),
    hard: await add('hard', 'hard'),
    complaint: await add('complaint', 'complaint'),
    both: await add('both', 'both'),
  };
  receive = await openBounceMailbox(stage.database);
});

interface Shown {
  status: string;
  error?: string;
  recipients: { address: string; status: string; error?: string }[];
}

async function send(of: string, to: string | string[], fields: Record<string, unknown> = {}) {
  const id = `mail-${++made}`;
  await tenant[of]?.handIn(service, [mail(id, { to, ...fields })]);
  await tenant[of]?.until(service, id, ({ status }) => status === 'sent' || status === 'error');
  const shown = (await service.api<Shown>('GET', `/messages/${id}?tenant_id=${of}`)).body;
  return { id, shown, received: sink.messages.find((message) => message.id === id) };
}

interface Entry {
  address?: string;
  hash: string;
  reason: string;
  source: string;
  message_id?: string;
  expires_ts?: number;
}
const list = async (of: string, query = '') =>
  (
    await service.api<{ suppressions: Entry[]; next_cursor?: string }>(
      'GET',
      `/suppressions?tenant_id=${of}${query}`,
    )
  ).body;
const put = (of: string, suppressions: unknown[]) =>
  service.api('POST', `/suppressions?tenant_id=${of}`, { suppressions });
const take = (of: string, addresses: string[]) =>
  service.api('DELETE', `/suppressions?tenant_id=${of}`, { addresses });

/** Has a mail to this address come back. */
async function bounce(of: string, address: string, report: { status?: string; diagnostic: string }) {
  const { received, id } = await send(of, address);
  await receive([bounceMail({ to: received?.mailFrom ?? '', recipients: [{ address, ...report }] })]);
  return id;
}

test('a suppressed recipient is left out and says so, and the others get their mail', async () => {
  expect((await put('off', ['Gone@EXAMPLE.test'])).body).toEqual({ ok: true, added: 1, rejected: [] });
  const { id, shown, received } = await send('off', ['gone@example.test', 'ann@example.test']);
  expect(received?.rcptTo).toEqual(['ann@example.test']);
  expect(shown.status).toBe('sent');
  const suppressed = {
    address: 'gone@example.test',
    status: 'suppressed',
    error: 'On the suppression list: manual',
  };
  expect(shown.recipients).toHaveLength(2);
  expect(shown.recipients).toContainEqual(suppressed);
  await waitFor('the report', () => app.entries.some((entry) => entry.id === id));
  const told = app.entries.find((entry) => entry.id === id);
  expect(told).toMatchObject({ event_type: 'sent', recipients: expect.arrayContaining([suppressed]) });

  const alone = await send('off', 'GONE@example.test');
  expect(alone.received).toBeUndefined();
  expect(alone.shown).toMatchObject({ status: 'error', error: 'All recipients are on the suppression list' });
  expect(alone.shown.recipients).toMatchObject([{ status: 'suppressed' }]);
  const { body: metrics } = await service.api<string>('GET', '/metrics');
  expect(metrics).toMatch(/gmp_suppressed_total\{tenant_id="off"\} 2/);

  expect((await take('off', ['gone@Example.test', 'who@example.test'])).body).toEqual({
    ok: true,
    removed: 1,
    not_found: ['who@example.test'],
  });
  expect((await send('off', 'gone@example.test')).shown.status).toBe('sent');
});

test('an address that is added while a message waits counts, and one whose time is over does not', async () => {
  const id = `mail-${++made}`;
  await service.api('POST', '/commands/suspend?tenant_id=off');
  await tenant.off?.handIn(service, [mail(id, { to: 'late@example.test' })]);
  const over = { address: 'over@example.test', expires_ts: Math.floor(Date.now() / 1000) - 10 };
  await put('off', ['late@example.test', over]);
  await service.api('POST', '/commands/activate?tenant_id=off');
  await tenant.off?.until(service, id, ({ status }) => status === 'error');
  expect((await send('off', 'over@example.test')).shown.status).toBe('sent');
  await take('off', ['late@example.test', 'over@example.test']);
});

test('a dead address is suppressed only where the tenant asks for it, and doubt suppresses none', async () => {
  for (const of of ['off', 'hard', 'complaint'])
    await bounce(of, 'dead@example.test', { diagnostic: unknownUser });
  const full = { status: '5.2.2', diagnostic: '552 5.2.2 Over quota' };
  const blocked = { status: '5.7.1', diagnostic: '550 5.7.1 Blocked by spam list, user unknown' };
  await bounce('hard', 'over@example.test', full);
  await bounce('hard', 'blocked@example.test', blocked);
  const [entry, ...others] = (await list('hard')).suppressions;
  expect(entry).toMatchObject({
    address: 'dead@example.test',
    reason: 'hard_bounce',
    source: 'bounce',
    message_id: expect.stringMatching(/^mail-/),
  });
  expect(others).toEqual([]);
  expect((await list('off')).suppressions).toEqual([]);
  expect((await list('complaint')).suppressions).toEqual([]);
  expect((await send('hard', 'dead@example.test')).shown.status).toBe('error');
  expect((await send('off', 'dead@example.test')).shown.status).toBe('sent');
  // Switched off, the entry stays and has no effect.
  await service.api('PUT', '/tenant/hard', { suppress: 'off' });
  expect((await send('hard', 'dead@example.test')).shown.status).toBe('sent');
  await service.api('PUT', '/tenant/hard', { suppress: 'hard' });
});

test('what a server refuses at once is called by the same reasons, and its dead addresses are suppressed too', async () => {
  const { shown } = await send('hard', ['nobody@example.test', 'big@example.test', 'ok@example.test']);
  expect(shown.recipients).toMatchObject([
    { address: 'nobody@example.test', status: 'error', smtp_code: 550, reason: 'user_unknown' },
    { address: 'big@example.test', status: 'error', reason: 'too_big' },
    { address: 'ok@example.test', status: 'sent' },
  ]);
  const alone = await send('off', 'nobody@example.test');
  expect(alone.shown).toMatchObject({
    status: 'error',
    recipients: [{ status: 'error', reason: 'user_unknown' }],
  });
  expect((await list('hard', '&source=sending')).suppressions).toMatchObject([
    { address: 'nobody@example.test', reason: 'hard_bounce', message_id: expect.any(String) },
  ]);
  expect((await list('off')).suppressions).toEqual([]);
});

test('who complained is suppressed, whatever bounced before', async () => {
  const address = 'angry@example.test';
  await bounce('both', address, { diagnostic: unknownUser });
  expect((await list('both')).suppressions).toMatchObject([{ address, reason: 'hard_bounce' }]);
  const before = tenant.both && (await tenant.both.list(service)).at(-1);
  const headers = [`X-Genro-Mail-ID: ${before?.id}`];
  const forged = complaintMail({ to: 'fbl@acme.test', recipients: [{ address }], headers });
  expect(await receive([forged])).toEqual(['matched']);
  // An id that may be guessed marks the message, and suppresses nobody. The tenant's own mailbox is proof enough.
  expect((await list('both')).suppressions).toMatchObject([{ reason: 'hard_bounce' }]);
  const own = complaintMail({ to: 'fbl@acme.test', recipients: [{ address }], headers });
  expect(await receive([own], { tenantId: 'both' })).toEqual(['matched']);
  expect((await list('both')).suppressions).toMatchObject([{ address, reason: 'complaint' }]);
});

test('the list is filtered, paged, exported and imported as lines, and no tenant sees or fills another one', async () => {
  const bad = { address: 'no address' };
  const many = Array.from({ length: 25 }, (_, n) => ({ address: `n${n}@bulk.test`, reason: 'bulk' }));
  const { body } = await put('complaint', [...many, bad]);
  expect(body).toMatchObject({
    added: 25,
    rejected: [{ n: 25, reason: expect.stringContaining('address') }],
  });
  const first = await list('complaint', '&reason=bulk&limit=20');
  const second = await list('complaint', `&reason=bulk&limit=20&cursor=${first.next_cursor}`);
  const all = [...first.suppressions, ...second.suppressions];
  expect(new Set(all.map(({ address }) => address)).size).toBe(25);
  expect(second).not.toHaveProperty('next_cursor');
  expect((await list('complaint', '&address=N7@BULK.test')).suppressions).toHaveLength(1);

  const { body: lines } = await service.api<string>('GET', '/suppressions/export?tenant_id=complaint');
  expect(String(lines).trim().split('\n')).toHaveLength(25);
  await take(
    'complaint',
    all.map(({ hash }) => hash),
  );
  expect((await list('complaint')).suppressions).toEqual([]);
  const headers = { 'content-type': 'application/x-ndjson' };
  const faulty = `{"address": "x\n\n${lines}{"address": "no address"}\n`;
  const taken = await service.api('POST', '/suppressions?tenant_id=complaint', faulty, { headers });
  expect(taken.body).toMatchObject({
    added: 25,
    rejected: [
      { n: 0, reason: 'is not JSON' },
      { n: 27, reason: expect.stringContaining('address') },
    ],
  });
  expect((await list('complaint')).suppressions).toEqual(all);

  const key = await service.api<{ api_key: string }>('POST', '/tenant/off/api-key', { name: 'mine' });
  const token = { token: key.body.api_key };
  expect((await service.api('GET', '/suppressions', undefined, token)).body).toMatchObject({
    suppressions: [],
  });
  const foreign = await service.api(
    'POST',
    '/suppressions?tenant_id=hard',
    { suppressions: ['a@b.test'] },
    token,
  );
  expect(foreign.status).toBe(401);
});

test('a forgotten address leaves its hash, and is still not sent to', async () => {
  await put('off', ['private@example.test']);
  await service.api('POST', '/commands/forget?tenant_id=off', { addresses: ['Private@example.test'] });
  const [entry] = (await list('off')).suppressions;
  expect(entry).not.toHaveProperty('address');
  expect((await send('off', 'private@example.test')).shown.status).toBe('error');
});
