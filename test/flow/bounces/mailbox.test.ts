// Bounces are read from a Dovecot of our own: once, at once, and without touching other mails.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { group, reportMail } from '../../bounce/mails/reports.js';
import { login } from '../../support/mail-servers/dovecot.js';
import { type ImapServer, startImap } from '../../support/mail-servers/imap.js';
import { hasDovecotImap } from '../../support/mail-servers/programs.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';

interface Health {
  state: string;
  last_error?: string;
  last_read_ts?: number;
  next_try_ts?: number;
  mails_read: number;
  bounces_read: number;
}

const bounceOf = (id: string) =>
  reportMail(group(`${id}@example.org`, 'failed', '5.1.1', `550 5.1.1 <${id}@example.org>: User unknown`), {
    headers: `X-Test: ${id}\n`,
  });
const letter = 'From: ann@example.org\nTo: bob@example.com\nSubject: A letter\n\nHello Bob\n';

const until = (service: Service, fits: (health: Health) => boolean) =>
  waitFor(
    'the mailbox to fare as it should',
    async () => {
      const { body } = await service.api<Health>('GET', '/instance/bounce');
      return fits(body) && body;
    },
    { timeoutMs: 60_000 },
  );

describe.runIf(hasDovecotImap)('a mailbox of Dovecot', () => {
  let imap: ImapServer;
  let stage: Stage;
  let service: Service;
  const settings = (own: Record<string, unknown>) => ({
    enabled: true,
    imap_host: '127.0.0.1',
    imap_port: imap.port,
    imap_ssl: false,
    imap_user: login.user,
    imap_password: login.password,
    poll_interval: 3600,
    ...own,
  });
  const set = (own: Record<string, unknown>) =>
    service.api('PUT', '/instance/bounce', settings(own)).then(({ status }) => expect(status).toBe(200));

  beforeAll(async () => {
    imap = await startImap();
    stage = await setStage();
    service = await stage.service();
  });
  afterAll(() => imap?.stop());

  test('what waits is read, and what comes is read at once while the server tells of it', async () => {
    const person = await imap.person('first');
    await person.put([bounceOf('a'), letter], ['\\Flagged']);
    await set({ imap_user: 'first' });
    await until(service, (one) => one.state === 'watching' && one.mails_read === 2);
    await person.put([bounceOf('b')]);
    const health = await until(service, (one) => one.mails_read === 3);
    expect(health).toMatchObject({ bounces_read: 2 });
    expect((await person.list()).map(({ flags }) => flags)).toEqual([['\\Flagged'], ['\\Flagged'], []]);
    const { body } = await service.api<{ bounces: unknown[] }>('GET', '/bounces?unmatched=true');
    expect(body.bounces).toHaveLength(2);
  });
});
