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
    imap_starttls: false,
    imap_user: login.user,
    imap_password: login.password,
    imap_folder: 'INBOX',
    after_reading: 'leave',
    poll_interval: 3600,
    ...own,
  });
  const set = (own: Record<string, unknown>, to = service) =>
    to.api('PUT', '/instance/bounce', settings(own)).then(({ status }) => expect(status).toBe(200));
  const reload = () => service.api('POST', '/instance/bounce/reload');
  const watching = (mails: number) =>
    until(service, (one) => one.state === 'watching' && one.mails_read >= mails);
  /** The counts go on from user to user. */
  const read = async () => (await service.api<Health>('GET', '/instance/bounce')).body.mails_read;
  const failing = (words: RegExp) =>
    until(service, (one) => one.state === 'failing' && words.test(one.last_error ?? ''));

  beforeAll(async () => {
    imap = await startImap();
    stage = await setStage();
    service = await stage.service({ GMP_PRIVATE_NETWORKS: 'allow', GMP_TENANT_IMAP_PORTS: '1-65535' });
  });
  afterAll(() => imap?.stop());

  test('what waits is read, and what comes is read at once while the server tells of it', async () => {
    const person = await imap.person('first');
    await person.put([bounceOf('a'), letter], ['\\Flagged']);
    await set({ imap_user: 'first' });
    await watching(2);
    await person.put([bounceOf('b')]);
    const health = await until(service, (one) => one.mails_read === 3);
    expect(health).toMatchObject({ bounces_read: 2 });
    expect((await person.list()).map(({ flags }) => flags)).toEqual([['\\Flagged'], ['\\Flagged'], []]);
    const { body } = await service.api<{ bounces: unknown[] }>('GET', '/bounces?unmatched=true');
    expect(body.bounces).toHaveLength(2);
  });

  test.each([
    ['from the first byte', () => ({ imap_port: imap.tlsPort, imap_ssl: true })],
    ['with STARTTLS', () => ({ imap_starttls: true })],
  ])('TLS %s', async (way, tls) => {
    const before = await read();
    const user = way.replaceAll(' ', '-');
    await (await imap.person(user)).put([bounceOf(user)]);
    await set({ imap_user: user, ...tls() });
    await watching(before + 1);
  });

  test.each([
    ['mark_seen', 3, ['\\Seen']],
    ['move', 2, []],
    ['delete', 2, undefined],
  ] as const)('after reading, %s touches bounces alone', async (after_reading, left, flags) => {
    const before = await read();
    const person = await imap.person(after_reading);
    await person.put([letter], ['\\Deleted']);
    await person.put([bounceOf(after_reading)]);
    await person.put([letter], ['\\Answered', '\\Flagged']);
    await set({ imap_user: after_reading, after_reading });
    await watching(before + 3);
    const inbox = await waitFor('the bounce to be dealt with', async () => {
      const found = await person.list();
      return (
        found.length === left &&
        found.every((one) => !one.subject.startsWith('Un') || one.flags.length) &&
        found
      );
    });
    expect(inbox.filter(({ subject }) => subject === 'A letter').map((one) => one.flags)).toEqual([
      ['\\Deleted'],
      ['\\Answered', '\\Flagged'],
    ]);
    const elsewhere = after_reading === 'move' ? await person.list('Bounces') : inbox;
    expect(elsewhere.find(({ subject }) => subject.startsWith('Undelivered'))?.flags).toEqual(flags);
  });

  test('a wrong password, a folder that is gone and a dead server are told, and a reload tries anew at once', async () => {
    const person = await imap.person('faults');
    await person.put([bounceOf('fault')]);
    const before = await read();
    await set({ imap_user: 'faults', imap_password: 'the-wrong-one' });
    const refused = await failing(/login was refused/i);
    expect(refused.next_try_ts).toBeGreaterThan(Date.now() / 1000 + 20);
    expect(JSON.stringify(refused)).not.toContain('the-wrong-one');
    const { body: metrics } = await service.api<string>('GET', '/metrics');
    expect(metrics).toMatch(/gmp_bounce_mailbox_faults_total\{reason="login_refused"\} 1/);
    await set({ imap_user: 'faults', imap_folder: 'Returned' });
    await failing(/folder is not there/i);
    await person.client.mailboxCreate('Returned');
    await person.put([bounceOf('returned')], [], 'Returned');
    await reload();
    await watching(before + 1);
    await imap.kill();
    await until(service, ({ state }) => state === 'failing');
    await imap.restart();
    await reload();
    await watching(before + 1);
  });

  test('a changed UIDVALIDITY has the folder read anew, and no bounce counted twice', async () => {
    const before = await read();
    const person = await imap.person('anew');
    const mails = [bounceOf('anew-1'), bounceOf('anew-2')];
    await person.client.mailboxCreate('Returned');
    await person.put(mails, [], 'Returned');
    await set({ imap_user: 'anew', imap_folder: 'Returned' });
    await watching(before + 2);
    const bounces = async () =>
      (await service.api<{ bounces: object[] }>('GET', '/bounces?unmatched=true&limit=1000')).body.bounces
        .length;
    const known = await bounces();
    await person.client.mailboxDelete('Returned');
    await person.client.mailboxCreate('Returned');
    await person.put([...mails, bounceOf('anew-3')], [], 'Returned');
    await reload();
    const health = await watching(before + 5);
    expect(health.last_error).toMatch(/UIDVALIDITY/);
    expect(await bounces()).toBe(known + 1);
  });

  test('a mailbox that is switched off is read no more, and its settings can be cleared', async () => {
    await set({ enabled: false });
    await until(service, ({ state }) => state === 'off');
    expect((await service.api('DELETE', '/instance/bounce')).status).toBe(200);
    const { body } = await service.api('GET', '/instance/bounce');
    expect(body).toMatchObject({ enabled: false, imap_port: 993 });
    expect(body).not.toHaveProperty('imap_host');
    expect(body).not.toHaveProperty('imap_password');
  });

  test("a tenant's account has a mailbox of its own, whose password goes nowhere else", async () => {
    const person = await imap.person('shop');
    await person.put([bounceOf('own')]);
    const tenant = await service.api<{ api_key: string }>('POST', '/tenant', { id: 'shop' });
    const as = { token: tenant.body.api_key };
    const mailbox = {
      imap_host: '127.0.0.1',
      imap_port: imap.port,
      imap_user: 'shop',
      imap_password: login.password,
      imap_tls: false,
    };
    const account = { id: 'main', host: '127.0.0.1', port: 2525, ...mailbox };
    expect((await service.api('POST', '/account', account, as)).status).toBe(200);
    const shown = await waitFor('its mailbox to be read', async () => {
      const { body } = await service.api<{ bounce_mailbox?: Health }>('GET', '/account/main', undefined, as);
      return body.bounce_mailbox?.state === 'watching' && body;
    });
    expect(shown).toMatchObject({ imap_password: '***', bounce_mailbox: { bounces_read: 1 } });
    const elsewhere = await service.api('PUT', '/account/main', { imap_host: 'imap.example.org' }, as);
    expect(elsewhere.status).toBe(422);
    expect(JSON.stringify(elsewhere.body)).toContain('imap_password');
    expect((await service.api('PUT', '/account/main', { imap_host: null }, as)).status).toBe(200);
  });
});
