// Servers that take few connections or recipients, turn new clients away or have no room slow sending down; nothing is lost.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startExim } from '../support/mail-servers/exim.js';
import { startPostfix } from '../support/mail-servers/postfix.js';
import { hasExim, hasPostfix } from '../support/mail-servers/programs.js';
import { waitFor } from '../support/programs/wait-for.js';
import { mail, mails } from '../support/stage/mail.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../support/stage/tenant.js';
import type { RealServer } from './scene.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Hands in the mails and waits until the server has delivered a copy for each recipient. */
async function sendAll(server: RealServer, messages: Record<string, unknown>[], copies = messages.length) {
  ends.push(server.stop);
  const stage = await setStage();
  const service = await stage.service({ GMP_BREAKER_OPEN_SECONDS: '1' });
  const tenant: Tenant = await addTenant(service, 'shop', { server });
  await tenant.handIn(service, messages);
  const sent = async () => {
    const listed = await tenant.untilAll(service, ({ status }) => status === 'sent', { timeoutMs: 50_000 });
    const delivered = await waitFor('the server to deliver all', async () => {
      const found = await server.delivered();
      return found.length >= copies && found;
    });
    return { listed, recipients: delivered.map(({ recipient }) => recipient).sort() };
  };
  return { tenant, service, sent };
}

const recipientsOf = (messages: Record<string, unknown>[]) =>
  messages.flatMap(({ to }) => to as string[]).sort();

/** What a server allows its neighbours, too, which are exempt otherwise. */
const forAll = 'smtpd_client_event_limit_exceptions =';

test.runIf(hasPostfix)(
  'Postfix with three connections a client takes 60 mails, and no mail is retried',
  async () => {
    const server = await startPostfix({ main: `smtpd_client_connection_count_limit = 3\n${forAll}` });
    const messages = mails('m', 60);
    const { sent } = await sendAll(server, messages);
    const { listed, recipients } = await sent();
    expect(recipients).toEqual(recipientsOf(messages));
    expect(listed.filter(({ retry_count }) => retry_count > 0)).toEqual([]);
  },
);

test.runIf(hasExim)('Exim with three connections a host takes 60 mails, and no mail is retried', async () => {
  const server = await startExim('smtp_accept_max_per_host = 3');
  const messages = mails('m', 60);
  const { sent } = await sendAll(server, messages);
  const { listed, recipients } = await sent();
  expect(recipients).toEqual(recipientsOf(messages));
  expect(listed.filter(({ retry_count }) => retry_count > 0)).toEqual([]);
});

const many = [mail('many', { to: Array.from({ length: 10 }, (_, n) => `to-${n}@example.test`) })];

test.runIf(hasPostfix)('Postfix with three recipients a mail delivers to ten', async () => {
  const server = await startPostfix({ main: 'smtpd_recipient_limit = 3' });
  const { sent } = await sendAll(server, many, 10);
  const { listed, recipients } = await sent();
  expect(recipients).toEqual(recipientsOf(many));
  expect(listed).toMatchObject([{ status: 'sent', retry_count: 0 }]);
});

test.runIf(hasExim).each([
  ['452', 'recipients_max = 3'],
  ['552', 'recipients_max = 3\nrecipients_max_reject = true'],
])('Exim with three recipients a mail (%s) delivers to ten', async (_code, main) => {
  const { sent } = await sendAll(await startExim(main), many, 10);
  const { listed, recipients } = await sent();
  expect(recipients).toEqual(recipientsOf(many));
  expect(listed).toMatchObject([{ status: 'sent', retry_count: 0 }]);
});

test.runIf(hasPostfix)(
  'postscreen turns connections of a new client away, and no mail is lost to it',
  async () => {
    const server = await startPostfix({
      listener: 'postscreen',
      main: `postscreen_access_list =
postscreen_greet_wait = 1s
postscreen_greet_action = enforce
postscreen_pipelining_enable = yes
postscreen_non_smtp_command_enable = yes
postscreen_bare_newline_enable = yes`,
    });
    const messages = mails('m', 20);
    const { sent } = await sendAll(server, messages);
    const { recipients } = await sent();
    expect(recipients).toEqual(recipientsOf(messages));
  },
);

test.runIf(hasPostfix && canMount())('a full spool costs no mail its retries', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]);
  const ballast = join(folder, 'ballast');
  // Postfix wants half as much again as the largest mail, which is 10 MB.
  await writeFile(ballast, Buffer.alloc(60 * 1024 * 1024));
  const server = await startPostfix({ queue: folder });
  const messages = mails('m', 20);
  const { tenant, service, sent } = await sendAll(
    { ...server, stop: () => server.stop().then(unmount) },
    messages,
  );
  await waitFor('mails to be refused', async () =>
    (await tenant.list(service)).some(({ deferred_reason }) => deferred_reason?.includes('452 4.3.1')),
  );
  await rm(ballast);
  const { listed, recipients } = await sent();
  expect(recipients).toEqual(recipientsOf(messages));
  expect(listed.filter(({ retry_count }) => retry_count > 0)).toEqual([]);

  async function unmount() {
    execFileSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true });
  }
});

/** A container may not. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
