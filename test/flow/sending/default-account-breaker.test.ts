// The instance's default account has a breaker as others do; other settings of the account close it.
import { beforeAll, expect, test } from 'vitest';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});

const auth = { user: 'app', pass: 'right-password' };

test('with another GMP_SMTP_PASSWORD it sends after a restart, with the same one the breaker stays open', async () => {
  const sink = await stage.sink({ auth });
  const settings = (password: string) => ({
    GMP_SMTP_HOST: sink.host,
    GMP_SMTP_PORT: String(sink.port),
    GMP_SMTP_USE_TLS: '0',
    GMP_SMTP_USER: auth.user,
    GMP_SMTP_PASSWORD: password,
  });
  let service = await stage.service(settings('wrong-password'));
  const tenant = await addTenant(service, 'plain');
  const kinds = async (id: string) => {
    const { body } = await service.api<{ reasons: { kind: string }[] }>(
      'GET',
      `/messages/${id}/explain?tenant_id=plain`,
    );
    return body.reasons.map(({ kind }) => kind);
  };
  await tenant.handIn(service, [mail('first')]);
  expect((await tenant.until(service, 'first', ({ status }) => status === 'error')).smtp_code).toBe(535);
  await tenant.handIn(service, [mail('second')]);
  await tenant.until(service, 'second', ({ status }) => status === 'deferred');
  const output = service.output();

  await service.term();
  service = await stage.service(settings('wrong-password'));
  expect(await kinds('second')).toEqual(['account_rests']);
  expect(sink.count).toBe(0);

  await service.term();
  service = await stage.service(settings(auth.pass));
  await sink.waitFor(1);
  const sent = await tenant.until(service, 'second', ({ status }) => status === 'sent');
  expect(sent.history.map(({ event_type }) => event_type)).toEqual(['queued', 'deferred', 'sent']);
  expect(output + service.output()).not.toMatch(/(wrong|right)-password/);
});
