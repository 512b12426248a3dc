// What was said to a mail server is kept where the account says so, is shown by the API, the command line and the page of the
// message, and stands in no report, event or other account's message.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startChild } from '../../support/programs/child.js';
import { ADMIN_TOKEN, type Service } from '../../support/programs/service.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

async function run(service: Service, args: string[]) {
  const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));
  const env = { PATH: process.env.PATH ?? '', GMP_API_TOKEN: ADMIN_TOKEN, GMP_PORT: String(service.port) };
  const child = startChild(process.execPath, [program, ...args], { cwd: process.cwd(), env });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

test('an account that keeps transcripts shows the attempt, and no secret of it anywhere', async () => {
  const stage = await setStage();
  const [app, service] = await Promise.all([stage.app(), stage.service()]);
  const login = { user: 'app', password: 'correct horse' };
  const sink = await stage.sink({
    auth: { user: login.user, pass: login.password },
    onRcpt: (address) => (address.startsWith('never') ? { code: 550, message: 'no such user' } : undefined),
  });
  const settings = { ...login, keep_transcripts: true };
  const tenant = await addTenant(service, 'shop', { app, server: sink, account: settings });
  await addAccount(service, 'shop', 'quiet', sink, login);
  await tenant.handIn(service, [
    mail('told', { to: ['ann@x.test', 'never@x.test'], body: 'Dear Ann' }),
    mail('untold', { account_id: 'quiet' }),
  ]);
  await tenant.untilAll(service, ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined);

  interface Traced {
    keep_transcripts: boolean;
    attempts: { attempt: number; ended_ts: number; lines: { by: string; text: string }[] }[];
  }
  const trace = (id: string) => service.api<Traced>('GET', `/messages/${id}/trace?tenant_id=shop`);
  const { body: told } = await trace('told');
  expect(told).toMatchObject({ keep_transcripts: true, attempts: [{ attempt: 1 }] });
  const lines = told.attempts[0]?.lines ?? [];
  expect(lines).toContainEqual({ by: 'client', text: 'AUTH PLAIN ***' });
  expect(lines).toContainEqual({ by: 'server', text: '550 no such user' });
  expect(lines.map(({ by }) => by)).toContain('remark');
  expect(JSON.stringify(told)).not.toMatch(/Dear Ann|correct horse|AGFwcABjb3JyZWN0/);
  expect((await trace('untold')).body).toMatchObject({ keep_transcripts: false, attempts: [] });
  expect((await trace('nobody')).status).toBe(404);
  // The rest of what a tenant and the operator are shown says nothing of it.
  const shown = [app.entries, await tenant.list(service), service.output()];
  expect(JSON.stringify(shown)).not.toMatch(/AUTH PLAIN|RCPT TO/);

  const printed = await run(service, ['trace', 'told', '--tenant', 'shop']);
  expect(printed).toMatchObject({ code: 0, output: expect.stringContaining('> RCPT TO:<never@x.test>') });
  expect(printed.output).toContain('< 550 no such user');
  const none = await run(service, ['trace', 'untold', '--tenant', 'shop']);
  expect(none.code).toBe(1);
  expect(none.output).toContain('mail-proxy accounts update quiet --keep-transcripts');
  await run(service, ['accounts', 'update', 'quiet', '--keep-transcripts', '--tenant', 'shop']);
  expect((await trace('untold')).body.keep_transcripts).toBe(true);
});
