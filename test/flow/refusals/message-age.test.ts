// A message that keeps failing ends when it is GMP_MAX_MESSAGE_AGE_SECONDS old, whatever it meets and however many retries are left.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { SmtpSinkOptions } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

const maxAgeSeconds = 3;

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({
    GMP_MAX_MESSAGE_AGE_SECONDS: String(maxAgeSeconds),
    GMP_MAX_RETRIES: '100',
    GMP_RETRY_DELAYS: '1',
    GMP_BREAKER_OPEN_SECONDS: '1',
  });
});

const later = (code: number, message: string) => () => ({ code, message });

test('messages that wait for an account whose login is refused are given up at their age', async () => {
  const sink = await stage.sink({ auth: { user: 'app', pass: 'right' } });
  const tenant = await addTenant(service, 'login', {
    server: sink,
    account: { user: 'app', password: 'wrong' },
  });
  await tenant.handIn(service, mails('m', 3));
  const all = await tenant.untilAll(service, ({ status }) => status === 'error');
  expect(all.map(({ error }) => error)).toEqual(all.map(() => expect.stringContaining('535')));
});

test.each<[string, SmtpSinkOptions]>([
  ['greeting', { onConnect: later(421, '4.3.2 Service not available') }],
  ['sender', { onMail: later(421, '4.7.0 Try again later') }],
  ['recipient', { onRcpt: later(450, '4.2.0 Greylisted') }],
  ['body', { onData: later(451, '4.3.0 Error: queue file system is full') }],
  ['closed', { onConnect: () => 'drop' }],
])('a message that is always put off at the %s is given up at its age', async (id, options) => {
  const sink = await stage.sink(options);
  const tenant = await addTenant(service, id, { server: sink });
  const before = Date.now();
  await tenant.handIn(service, [mail('m')]);
  const ended = await tenant.until(service, 'm', ({ status }) => status === 'error');
  expect(ended.retry_count).toBeLessThan(100);
  expect(Date.now() - before).toBeGreaterThanOrEqual(maxAgeSeconds * 1000);
  expect(sink.count).toBe(0);
});
