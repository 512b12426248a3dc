// Connections are encrypted as the account says, and only to servers with a valid certificate.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

const required = { use_tls: true };

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({ GMP_RETRY_DELAYS: '1' });
});

test('with use_tls STARTTLS comes before the password and the mail', async () => {
  const sink = await stage.sink({ tls: 'starttls', auth: { user: 'robot', pass: 'secret' } });
  const account = { ...required, user: 'robot', password: 'secret' };
  const tenant = await addTenant(service, 'starttls', { server: sink, account });
  await tenant.handIn(service, [mail('m')]);
  const [sent] = await sink.waitFor(1);
  expect(sent!.session).toMatchObject({ secure: true, user: 'robot' });
});

test('STARTTLS that is offered is used unasked, and with use_tls false it is not', async () => {
  const sink = await stage.sink({ tls: 'starttls' });
  const offered = await addTenant(service, 'offered', { server: sink });
  const without = await addTenant(service, 'without', { server: sink, account: { use_tls: false } });
  await Promise.all([offered.handIn(service, [mail('offered')]), without.handIn(service, [mail('without')])]);
  await sink.waitFor(2);
  const secure = sink.messages.map(({ id, session }) => [id, session.secure]);
  expect(Object.fromEntries(secure)).toEqual({ offered: true, without: false });
});

test('on port 465 the connection is encrypted from its first byte', async (context) => {
  const sink = await sinkOn465();
  if (!sink) return context.skip('this user may not listen on port 465');
  const tenant = await addTenant(service, 'implicit', { server: sink, account: required });
  await tenant.handIn(service, [mail('m')]);
  const [sent] = await sink.waitFor(1);
  expect(sent!.session.secure).toBe(true);
  await sink.stop();
});

test('an untrusted certificate is a permanent failure, and nothing reaches such a server', async () => {
  const sink = await stage.sink({ tls: 'starttls', certificate: 'untrusted' });
  const tenant = await addTenant(service, 'untrusted', { server: sink, account: required });
  await tenant.handIn(service, [mail('m')]);
  const refused = await tenant.until(service, 'm', ({ status }) => status === 'error');
  expect(refused).toMatchObject({ retry_count: 0 });
  expect(refused.error).toMatch(/certificate/);
  expect(sink.attempts).toEqual([]);
});

test('with use_tls nothing is sent to a server that offers no STARTTLS', async () => {
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'plain', { server: sink, account: required });
  await tenant.handIn(service, [mail('m')]);
  const failed = await tenant.until(service, 'm', ({ error }) => error !== undefined);
  expect(failed.error).toMatch(/^The server offers no TLS that can be used/);
  expect(sink.attempts).toEqual([]);
});

test('where STARTTLS was stripped, the password stays here unless the account says otherwise', async () => {
  const commands: string[] = [];
  const auth = { user: 'robot', pass: 'secret' };
  const sink = await stage.sink({ auth, onAuth: (user) => void commands.push(user) });
  const login = { user: 'robot', password: 'secret' };
  const server = { host: sink.host, port: sink.port };
  const account = { ...login, allow_plaintext: false };
  const tenant = await addTenant(service, 'stripped', { server, account });
  await tenant.handIn(service, [mail('refused')]);
  const refused = await tenant.until(service, 'refused', ({ status }) => status === 'error');
  expect(refused.error).toMatch(/^The server offers no TLS, and the password is not sent without it/);
  const verify = () => service.api('POST', '/account/main/verify?tenant_id=stripped');
  expect((await verify()).body).toMatchObject({ ok: false, error: refused.error });
  expect(commands).toEqual([]);

  const change = (fields: object) => service.api('PUT', '/account/main?tenant_id=stripped', fields);
  expect((await change({ allow_plaintext: true })).status).toBe(422);
  for (const told of [{ allow_plaintext: true }, { allow_plaintext: null, use_tls: false }]) {
    expect((await change({ ...told, password: 'secret' })).status).toBe(200);
    expect((await verify()).body).toEqual({ ok: true });
  }
  await tenant.handIn(service, [mail('sent')]);
  await sink.waitFor(1);
});

/** The one port with implicit TLS; another run of these tests may have it for a moment. */
async function sinkOn465(): Promise<SmtpSink | undefined> {
  return waitFor(
    'port 465',
    async () => {
      try {
        return { sink: await stage.sink({ port: 465, tls: 'implicit' }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EACCES') return { sink: undefined };
        throw error;
      }
    },
    { timeoutMs: 40_000, everyMs: 200 },
  ).then(({ sink }) => sink);
}
