// IMAP servers that can do little, or have a mail that they cannot give: bounces are read, and mails of others stay.
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { group, reportMail } from '../../bounce/mails/reports.js';
import { login } from '../../support/mail-servers/dovecot.js';
import { startFakeImap } from '../../support/mail-servers/fake-imap.js';
import { type ImapServer, startImap } from '../../support/mail-servers/imap.js';
import { hasDovecotImap } from '../../support/mail-servers/programs.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

interface Health {
  state: string;
  mails_read: number;
  bounces_read: number;
}

const bounceOf = (id: string) =>
  reportMail(group(`${id}@example.org`, 'failed', '5.1.1', '550 5.1.1 User unknown'), {
    headers: `X-Test: ${id}\n`,
  });
const letter = 'From: ann@example.org\nTo: bob@example.com\nSubject: A letter\n\nHello Bob\n';

let service: Service;
beforeAll(async () => {
  service = await (await setStage()).service();
});

const health = async () => (await service.api<Health>('GET', '/instance/bounce')).body;
const unreadable = async () => {
  const { body } = await service.api<string>('GET', '/metrics');
  return Number(/gmp_bounce_mails_read_total\{result="unreadable"\} (\d+)/.exec(body)?.[1]);
};
/** A mailbox that fails is tried anew at once, so that nobody waits for its next try. */
const untilRead = (mails: number) =>
  waitFor(
    'the mails to be read',
    async () => {
      const { state, mails_read } = await health();
      if (state === 'failing') await service.api('POST', '/instance/bounce/reload');
      return (state === 'watching' || state === 'waiting') && mails_read >= mails;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );

async function read(port: number, user: string, own: Record<string, unknown> = {}): Promise<void> {
  const answer = await service.api('PUT', '/instance/bounce', {
    enabled: true,
    imap_host: '127.0.0.1',
    imap_port: port,
    imap_ssl: false,
    imap_user: user,
    imap_password: login.password,
    poll_interval: 3600,
    after_reading: 'leave',
    ...own,
  });
  expect(answer.status).toBe(200);
}

describe.runIf(hasDovecotImap).each([
  ['no IDLE, MOVE and UIDPLUS', 'IMAP4rev1', ['move', 'delete'], false],
  ['UIDPLUS and no MOVE', 'IMAP4rev1 IDLE UIDPLUS', ['move'], true],
] as const)('a server with %s', (_what, capabilities, ways, isExpunged) => {
  let imap: ImapServer;
  beforeAll(async () => {
    imap = await startImap(`imap_capability = ${capabilities}`);
  });
  afterAll(() => imap?.stop());

  test.each(ways)('%s touches the bounce alone', async (after_reading) => {
    const { mails_read: before } = await health();
    const person = await imap.person(after_reading);
    // Somebody has marked it and not yet decided.
    await person.put([letter], ['\\Deleted']);
    const [uid] = await person.put([bounceOf(after_reading)]);
    await person.put([letter], ['\\Flagged']);
    await read(imap.port, after_reading, { after_reading, poll_interval: 1 });
    await untilRead(before + 3);
    // Without IDLE the connection ends; the next mail is found at the next look.
    await person.put([bounceOf(`${after_reading}-2`)]);
    await untilRead(before + 4);
    const inbox = await waitFor('the bounces to be dealt with', async () => {
      const found = await person.list();
      const others = found.filter(({ subject }) => subject === 'A letter');
      expect(others.map(({ flags }) => flags)).toEqual([['\\Deleted'], ['\\Flagged']]);
      const bounces = found.filter(({ subject }) => subject !== 'A letter');
      return bounces.every(({ flags }) => flags.includes('\\Deleted')) && bounces;
    });
    expect(inbox).toHaveLength(isExpunged ? 0 : 2);
    if (!isExpunged) expect(inbox[0]?.uid).toBe(uid);
    if (after_reading === 'move') expect(await person.list('Bounces')).toHaveLength(2);
  });
});

describe.runIf(hasDovecotImap)('a server with a mail that it cannot read', () => {
  let imap: ImapServer;
  beforeAll(async () => {
    imap = await startImap();
  });
  afterAll(() => imap?.stop());

  test('the connection ends at it, and the mails before and behind it are read', async () => {
    const { mails_read: before } = await health();
    const known = await unreadable();
    const count = 7;
    await imap.fill(
      'broken',
      Array.from({ length: count }, (_, n) => bounceOf(`broken-${n}`)),
    );
    const person = await imap.person('broken');
    await person.client.mailboxOpen('INBOX');
    await person.client.mailboxClose();
    const folder = join(imap.folder, 'broken', 'cur');
    const [path = ''] = readdirSync(folder)
      .filter((name) => name.includes('.M3.'))
      .map((name) => join(folder, name));
    chownSync(path, 0, 0);
    chmodSync(path, 0);
    await read(imap.port, 'broken', { after_reading: 'move' });
    await untilRead(before + count - 1);
    expect(await health()).toMatchObject({ state: 'watching' });
    expect(await unreadable()).toBe(known + 1);
    expect(await person.list('Bounces')).toHaveLength(count - 1);
  });

  test('accounts of a tenant that name the same mailbox have it read once', async () => {
    await addTenant(service, 'twins');
    const person = await imap.person('twins');
    await person.put([bounceOf('twins-1')]);
    const mailbox = {
      imap_host: '127.0.0.1',
      imap_port: imap.port,
      imap_user: 'twins',
      imap_password: login.password,
      imap_tls: false,
    };
    const account = { tenant_id: 'twins', host: '127.0.0.1', port: 2525, ...mailbox };
    for (const id of ['b', 'a', 'c']) {
      expect((await service.api('POST', '/account', { id, ...account })).status).toBe(200);
    }
    const shown = (id: string) =>
      waitFor('the mailbox to be watched', async () => {
        const { body } = await service.api<{ bounce_mailbox: Health }>(
          'GET',
          `/account/${id}?tenant_id=twins`,
        );
        return body.bounce_mailbox.state === 'watching' && body.bounce_mailbox.bounces_read;
      });
    const bounces = async () => {
      const { body } = await service.api<{ bounces: { mailbox_id: string }[] }>(
        'GET',
        '/bounces?unmatched=true&limit=1000',
      );
      return body.bounces.flatMap(({ mailbox_id }) => (mailbox_id === 'twins/a' ? [mailbox_id] : []));
    };
    for (const id of ['a', 'b', 'c']) expect(await shown(id)).toBe(1);
    await person.put([bounceOf('twins-2')]);
    await waitFor('the second to be read', async () => (await shown('c')) === 2);
    expect(await bounces()).toEqual(['twins/a', 'twins/a']);
    const { body } = await service.api<string>('GET', '/metrics');
    expect(body.match(/gmp_bounce_mailbox_failing\{tenant_id="twins"/g)).toHaveLength(1);
  });
});

test('a mail that the server refuses to give is passed over and counted, in the same session', async () => {
  const { mails_read: before } = await health();
  const known = await unreadable();
  const mails = Array.from({ length: 6 }, (_, n) => bounceOf(`refused-${n}`));
  const fake = await startFakeImap(mails, (uid) => uid === 3 || uid === 5);
  removeAtEnd(fake.stop);
  await read(fake.port, 'refused');
  await untilRead(before + 4);
  expect(await unreadable()).toBe(known + 2);
  expect(fake.fetches).toEqual(['1:6', '3', '5']);
});

test('where a server refuses all mails, none is passed over until each was tried again and again', async () => {
  const { mails_read: before } = await health();
  const known = await unreadable();
  let isDown = true;
  const fake = await startFakeImap([bounceOf('all-1'), bounceOf('all-2')], () => isDown);
  removeAtEnd(fake.stop);
  await read(fake.port, 'all');
  await waitFor('the server to be found failing', async () => (await health()).state === 'failing');
  isDown = false;
  await untilRead(before + 2);
  expect(await unreadable()).toBe(known);
});
