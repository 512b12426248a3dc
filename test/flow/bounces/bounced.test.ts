// Mails that come back find their message by proof, and their tenant hears of it; whatever proves nothing changes nothing.
import { beforeAll, expect, test } from 'vitest';
import { openBounceMailbox } from '../../support/bounces/bounce-mailbox.js';
import { bounceMail, complaintMail } from '../../support/bounces/returned-mail.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { ReceivedMessage, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant, type ListedMessage, type Tenant } from '../../support/stage/tenant.js';

let service: Service;
let app: ReportApp;
let sink: SmtpSink;
let shop: Tenant;
let receive: Awaited<ReturnType<typeof openBounceMailbox>>;
let sent = 0;

const sesId = '0102018f2a7c4d10-8a9b0c1d-1234-4abc-9def-001122334455-000000';
const unknownUser = '550 5.1.1 <x@example.test>: Recipient address rejected: User unknown';

beforeAll(async () => {
  const stage = await setStage();
  sink = await stage.sink({
    onData: (message) => (message.id?.startsWith('ses') ? { code: 250, message: `Ok ${sesId}` } : undefined),
  });
  app = await stage.app();
  service = await stage.service();
  const account = { return_path: 'bounces+%verp%@acme.test' };
  shop = await addTenant(service, 'shop', { app, server: sink, account });
  await addTenant(service, 'other', { server: sink });
  receive = await openBounceMailbox(stage.database);
});

interface Shown extends ListedMessage {
  bounce_type?: string;
  bounce_code?: string;
  bounce_reason?: string;
  bounce_ts?: number;
  recipients: ({ address: string } & Record<string, unknown>)[];
}

/** Sends a message, and gives it as it arrived. */
async function send(fields: Record<string, unknown> = {}, id = `order-${++sent}`): Promise<ReceivedMessage> {
  await shop.handIn(service, [mail(id, fields)]);
  await shop.until(service, id, ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined);
  return sink.attempts.find((message) => message.id === id) as ReceivedMessage;
}

const idOf = (message: ReceivedMessage) => `Message-ID: ${message.header('Message-ID')}`;
const find = async (message: ReceivedMessage) =>
  (await shop.find(service, message.id ?? '')) as unknown as Shown;
const typesOf = (message: ListedMessage) => message.history.map(({ event_type }) => event_type);
const entriesOf = (message: ReceivedMessage) =>
  app.entries.filter(({ id, event_type }) => id === message.id && event_type !== 'sent');

test('a signed envelope sender finds the message and its recipient, and the tenant is told', async () => {
  const received = await send();
  expect(received.mailFrom).toMatch(/^bounces\+[0-9a-z]{47}@acme\.test$/);
  // Forwarded: the report names an address that nobody has written to. BATV and SRS stand around the sender.
  const to = `SRS0=ab12=XY=acme.test=prvs=1234567890=${received.mailFrom.split('@')[0]}@forwarder.test`;
  const report = { address: 'elsewhere@forwarded.test', diagnostic: unknownUser };
  expect(await receive([bounceMail({ to, recipients: [report] })])).toEqual(['matched']);
  const message = await find(received);
  const bounce = { bounce_type: 'hard', bounce_code: '550', bounce_reason: 'user_unknown' };
  expect(message).toMatchObject({ status: 'sent', ...bounce, bounce_ts: expect.any(Number) });
  expect(message.recipients).toMatchObject([{ address: received.rcptTo[0], status: 'sent', ...bounce }]);
  await waitFor('the bounce to be reported', () => entriesOf(received).length > 0);
  expect(entriesOf(received)).toMatchObject([
    { event_type: 'bounce', tenant_id: 'shop', id: received.id, ...bounce, bounce_ts: message.bounce_ts },
  ]);
  const { body } = await service.api<{ bounces: object[] }>('GET', '/bounces?tenant_id=shop');
  expect(body.bounces).toMatchObject([{ message_id: received.id, matched_by: 'verp', ...bounce }]);
});

test('our Message-ID, one of the tenant, and one of the provider each find the message', async () => {
  const plain = await send({ return_path: 'app@acme.test' });
  const own = await send({ return_path: 'app@acme.test', message_id: '<invoice-7@acme.test>' });
  const ses = await send({ return_path: 'app@acme.test' }, 'ses-1');
  const back = (message: ReceivedMessage, header: string) =>
    bounceMail({
      to: 'app@acme.test',
      recipients: [{ address: message.rcptTo[0] ?? '' }],
      headers: [header],
    });
  const mails = [
    back(plain, idOf(plain)),
    back(own, 'Message-ID: <invoice-7@acme.test>'),
    back(ses, `Message-ID: <${sesId}@eu-west-1.amazonses.com>`),
  ];
  expect(await receive(mails)).toEqual(['matched', 'matched', 'matched']);
  for (const one of [plain, own, ses]) expect((await find(one)).bounce_type).toBe('hard');
});

test("X-Genro-Mail-ID finds the message with a recipient of it, or in the tenant's own mailbox", async () => {
  const received = await send();
  const headers = [`X-Genro-Mail-ID: ${received.id}`];
  const wrong = () => bounceMail({ to: 'b@acme.test', recipients: [{ address: 'who@else.test' }], headers });
  expect(await receive([wrong()])).toEqual(['unmatched']);
  expect(await receive([wrong()], { tenantId: 'shop' })).toEqual(['matched']);
  const right = {
    to: 'b@acme.test',
    recipients: [{ address: received.rcptTo[0]?.toUpperCase() ?? '' }],
    headers,
  };
  expect(await receive([bounceMail(right)])).toEqual(['matched']);
});

test('a forged bounce, or one in the mailbox of another tenant, changes nothing', async () => {
  const received = await send();
  const [address = ''] = received.rcptTo;
  const [, token = ''] = /\+(.{47})@/.exec(received.mailFrom) ?? [];
  const changed = `${token[0] === '0' ? '1' : '0'}${token.slice(1, -1)}${token.endsWith('z') ? 'y' : 'z'}`;
  const recipients = [{ address }];
  const all = [idOf(received), `X-Genro-Mail-ID: ${received.id}`];
  const before = await find(received);
  const forged = [
    bounceMail({ to: `bounces+${changed}@acme.test`, recipients }),
    bounceMail({ to: 'b@acme.test', recipients }),
    bounceMail({ to: 'b@acme.test', recipients: [{ address: 'who@else.test' }], headers: all }),
  ];
  expect(await receive(forged)).toEqual(['unmatched', 'unmatched', 'unmatched']);
  // Even with every proof there is.
  const stolen = bounceMail({ to: received.mailFrom, recipients, headers: all });
  expect(await receive([stolen], { tenantId: 'other' })).toEqual(['unmatched']);
  const late = { now: Date.now() + 31 * 86_400_000 };
  expect(await receive([bounceMail({ to: 'b@acme.test', recipients, headers: all })], late)).toEqual([
    'unmatched',
  ]);
  expect(await find(received)).toEqual(before);

  const { body } = await service.api<{ bounces: Record<string, unknown>[] }>(
    'GET',
    '/bounces?unmatched=true',
  );
  const listed = body.bounces.find(({ mailbox_id }) => mailbox_id === 'other');
  expect(listed).toMatchObject({
    kind: 'bounce',
    recipients: [{ address }],
    returned: { mail_id: received.id },
  });
  expect(listed).not.toHaveProperty('tenant_id');
  const { body: key } = await service.api<{ api_key: string }>('POST', '/tenant/other/api-key', {
    name: 'x',
  });
  const token2 = { token: key.api_key };
  expect((await service.api('GET', '/bounces?unmatched=true', undefined, token2)).status).toBe(403);
  expect((await service.api('GET', '/bounces', undefined, token2)).body).toMatchObject({ bounces: [] });
  expect((await service.api('GET', '/bounces?tenant_id=shop', undefined, token2)).status).toBe(401);
});

test('a bounce is recorded once, also when the mailbox is read anew or numbered anew', async () => {
  const received = await send();
  const raw = bounceMail({ to: received.mailFrom, recipients: [{ address: received.rcptTo[0] ?? '' }] });
  const other = bounceMail({ to: received.mailFrom, recipients: [{ address: received.rcptTo[0] ?? '' }] });
  expect(await receive([raw], { uid: 900 })).toEqual(['matched']);
  expect(await receive([raw, other], { uid: 900 })).toEqual(['seen-before', 'matched']);
  expect(await receive([raw, raw], { uid: 1, uidValidity: 2n })).toEqual(['seen-before', 'seen-before']);
  expect(typesOf(await find(received)).filter((type) => type === 'bounce')).toHaveLength(2);
});

test('of three recipients only the one that bounced is marked', async () => {
  const to = ['ann@example.test', 'bob@example.test', 'cy@example.test'];
  const received = await send({ to });
  const recipients = [
    { address: 'bob@example.test', status: '4.2.2', diagnostic: '452 4.2.2 Mailbox full' },
    { address: 'cy@example.test', status: '4.4.1', action: 'delayed' as const },
  ];
  expect(await receive([bounceMail({ to: received.mailFrom, recipients })])).toEqual(['matched']);
  const message = await find(received);
  expect(message).toMatchObject({ bounce_type: 'soft', bounce_reason: 'mailbox_full' });
  const [ann, bob, cy] = message.recipients;
  expect(ann).toEqual({ address: to[0], status: 'sent', smtp_code: 250 });
  expect(bob).toMatchObject({ address: to[1], bounce_type: 'soft', bounce_code: '452' });
  expect(cy).toMatchObject({ address: to[2], delayed_ts: expect.any(Number) });
  expect(cy).not.toHaveProperty('bounce_type');
});

test('a delay is no bounce, and the delivery after it is told', async () => {
  const received = await send();
  const [address = ''] = received.rcptTo;
  const tell = (action: 'delayed' | 'delivered', status: string) =>
    receive([bounceMail({ to: received.mailFrom, recipients: [{ address, action, status }] })]);
  expect(await tell('delayed', '4.4.1')).toEqual(['matched']);
  expect(await tell('delivered', '2.0.0')).toEqual(['matched']);
  const message = await find(received);
  expect(message).not.toHaveProperty('bounce_type');
  expect(typesOf(message)).toEqual(['queued', 'sent', 'delayed', 'delivered']);
  expect(message.recipients).toMatchObject([
    { delayed_ts: expect.any(Number), delivered_ts: expect.any(Number) },
  ]);
});

test('the hardest bounce counts whatever comes after it, and a complaint is told beside it', async () => {
  const received = await send();
  const [address = ''] = received.rcptTo;
  const bounce = (status: string, diagnostic: string) =>
    bounceMail({ to: received.mailFrom, recipients: [{ address, status, diagnostic }] });
  const complaint = complaintMail({
    to: 'fbl@acme.test',
    recipients: [{ address }],
    headers: [idOf(received)],
  });
  const soft = () => bounce('4.2.2', '452 4.2.2 Mailbox full');
  // In one page, so that they share a transaction.
  expect(await receive([soft(), bounce('5.1.1', unknownUser), soft(), complaint])).toEqual(
    Array(4).fill('matched'),
  );
  const message = await find(received);
  expect(message).toMatchObject({ bounce_type: 'hard', bounce_code: '550', bounce_reason: 'user_unknown' });
  expect(message.recipients).toMatchObject([{ bounce_type: 'hard', complaint_ts: expect.any(Number) }]);
  expect(typesOf(message).slice(2)).toEqual(['bounce', 'bounce', 'bounce', 'complaint']);
  await waitFor('all to be reported', () => entriesOf(received).length === 4);
  expect(entriesOf(received).at(-1)).toMatchObject({
    event_type: 'complaint',
    complaint_ts: expect.any(Number),
    bounce_reason: 'complaint',
  });
});

test('what came back of a message goes with it', async () => {
  const received = await send({ to: ['gone@example.test'] });
  await receive([bounceMail({ to: received.mailFrom, recipients: [{ address: 'gone@example.test' }] })]);
  const listed = async () => JSON.stringify((await service.api('GET', '/bounces')).body);
  expect(await listed()).toContain('gone@example.test');
  await service.api('POST', '/commands/forget?tenant_id=shop', { addresses: ['gone@example.test'] });
  expect(await listed()).not.toContain('gone@example.test');
});
