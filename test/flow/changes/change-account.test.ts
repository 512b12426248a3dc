// A changed account is used as it is from the next mail on in every process, whatever connections are open.
import { beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

const right = { user: 'robot', password: 'the-right-one' };
const login = { auth: { user: right.user, pass: right.password } };
/** A process has one connection at most, so two connections are two processes. */
const worker = { GMP_ROLES: 'worker', GMP_MAX_CONCURRENT_PER_ACCOUNT: '1' };

let stage: Stage;
let api: Service;
let sink: SmtpSink;
let tenant: Tenant;
beforeEach(async () => {
  stage = await setStage();
  sink = await stage.sink({ ...login, delayMs: 30 });
  api = await stage.service({ GMP_ROLES: 'api' });
  await Promise.all([stage.service(worker), stage.program(worker, { until: 'health' })]);
  tenant = await addTenant(api, 'acme', { server: sink, account: { ...right, use_tls: false } });
  await warm();
});

const change = (settings: object) => api.api('PUT', '/account/main?tenant_id=acme', settings);

/** Sends until both workers hold a connection that has carried mail. */
async function warm(): Promise<void> {
  for (let n = 1; sink.connections < 2; n++) {
    await tenant.handIn(api, mails(`warm-${n}`, 10));
    await tenant.untilAll(api, ({ status }) => status === 'sent');
  }
}

test('mail goes to the new server from both processes, and none to the old one', async () => {
  const before = sink.count;
  const other = await stage.sink({ ...login, delayMs: 30 });
  expect((await change({ host: other.host, port: other.port, password: right.password })).status).toBe(200);
  for (let n = 1; other.connections < 2; n++) {
    await tenant.handIn(api, mails(`moved-${n}`, 10));
    await tenant.untilAll(api, ({ status }) => status === 'sent');
  }
  expect(sink.count).toBe(before);
});

test('a wrong password never rides on a warm connection, in either process', async () => {
  const before = sink.count;
  expect((await change({ password: 'a-wrong-one' })).status).toBe(200);
  await tenant.handIn(api, mails('wrong', 10));
  // The first that is refused has the account rest; the others wait until it is changed.
  const refused = await waitFor('a refusal', async () =>
    (await tenant.list(api)).find(({ status }) => status === 'error'),
  );
  expect(refused?.error).toMatch(/535/);
  expect(sink.count).toBe(before);
});

test('a change that leaves the password alone is one as well: what is open is not used again', async () => {
  const opened = sink.connectionsSoFar;
  expect((await change({ password: '***', ttl: 200 })).status).toBe(200);
  await tenant.handIn(api, mails('again', 4));
  await tenant.untilAll(api, ({ status }) => status === 'sent');
  expect(sink.connectionsSoFar).toBeGreaterThan(opened);
});
