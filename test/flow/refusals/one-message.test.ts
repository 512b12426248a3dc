// A reply about one message or one recipient never holds its account: the others leave, and the message ends.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({
    GMP_BREAKER_OPEN_SECONDS: '1',
    GMP_RETRY_DELAYS: '1',
    GMP_MAX_RETRIES: '2',
  });
});

const bob = 'bob@example.net';

test.each([
  ['a', 454, '4.7.1 <bob@example.net>: Relay access denied'],
  ['b', 421, 'Recipient not in route list'],
  ['c', 530, 'SMTP authentication is required.'],
  ['d', 550, '5.7.1 Authentication required'],
])('%s: one recipient always refused with %i %s', async (id, code, message) => {
  const sink = await stage.sink({
    onRcpt: (address) => (address === bob ? { code, message } : undefined),
  });
  const tenant = await addTenant(service, `rcpt-${id}`, { server: sink });
  await tenant.handIn(service, [mail('bad', { to: bob }), ...mails('m', 10)]);
  await sink.waitFor(10);
  const ended = await tenant.until(service, 'bad', ({ status }) => status === 'error');
  expect(ended).toMatchObject({ smtp_code: code });
});

test.each([
  ['a', 421, '4.7.0 Try again later, closing connection'],
  ['b', 451, '4.3.0 Error: queue file system is full'],
])('%s: one body always refused with %i %s', async (id, code, message) => {
  const sink = await stage.sink({ onData: ({ id: of }) => (of === 'bad' ? { code, message } : undefined) });
  const tenant = await addTenant(service, `body-${id}`, { server: sink });
  await tenant.handIn(service, [mail('bad'), ...mails('m', 10)]);
  await sink.waitFor(10);
  expect(await tenant.until(service, 'bad', ({ status }) => status === 'error')).toMatchObject({
    smtp_code: code,
  });
});

test.each([
  ['a', 421, '4.7.0 Messages from this sender are not welcome'],
  ['b', 452, '4.3.1 Insufficient system storage'],
])('%s: MAIL of one message always refused with %i %s', async (id, code, message) => {
  const sink = await stage.sink({ onMail: (from) => (from === bob ? { code, message } : undefined) });
  const tenant = await addTenant(service, `mail-${id}`, { server: sink });
  await tenant.handIn(service, [mail('bad', { from: bob }), ...mails('m', 10)]);
  await sink.waitFor(10);
  const ended = await tenant.until(service, 'bad', ({ status }) => status === 'error');
  expect(ended).toMatchObject({ smtp_code: code });
});

test('a server in trouble costs no message its retries', async () => {
  let full = true;
  const sink = await stage.sink({
    onData: () => (full ? { code: 451, message: 'Error while writing spool file' } : undefined),
  });
  const tenant = await addTenant(service, 'spool', { server: sink });
  await tenant.handIn(service, mails('m', 30));
  await sink.waitFor((_messages, { attempts }) => attempts.length > 5);
  full = false;
  await sink.waitFor(30);
  const all = await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(all.map(({ retry_count }) => Number(retry_count) <= 1)).toEqual(all.map(() => true));
});
