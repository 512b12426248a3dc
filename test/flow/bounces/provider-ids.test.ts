// Providers that put a Message-ID of their own in place of ours: a bounce that names only theirs finds the message, by proof.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bounceMail } from '../../support/bounces/returned-mail.js';
import { login } from '../../support/mail-servers/dovecot.js';
import { type ImapServer, type Person, startImap } from '../../support/mail-servers/imap.js';
import { hasDovecotImap } from '../../support/mail-servers/programs.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

const outlookId = 'AM0PR04MB1234A1B2C3D4E5F60718293A4B5C6@AM0PR04MB1234.eurprd04.prod.outlook.com';
const sesId = '0102018f2a7c4d10-8a9b0c1d-1234-4abc-9def-001122334455-000000';
const replies: Record<string, string> = {
  outlook: `2.6.0 <${outlookId}> [InternalId=107374182400, Hostname=AM0PR04MB1234.eurprd04.prod.outlook.com] 9021 bytes in 0.171, 51.470 KB/sec Queued mail for delivery`,
  ses: `Ok ${sesId}`,
};
/** As their bounces name them. */
const named: Record<string, string> = { outlook: outlookId, ses: `${sesId}@eu-west-1.amazonses.com` };

interface Listed {
  id: number;
  mailbox_id: string;
  tenant_id?: string;
  message_id?: string;
  matched_by?: string;
}

describe.runIf(hasDovecotImap)('mails that a provider gives an id of its own', () => {
  let imap: ImapServer;
  let service: Service;
  let shop: Tenant;
  const mailbox: Record<string, Person> = {};

  const imapOf = (user: string) => ({
    imap_host: '127.0.0.1',
    imap_port: imap.port,
    imap_user: user,
    imap_password: login.password,
  });

  beforeAll(async () => {
    imap = await startImap();
    for (const user of ['all', 'shop', 'other']) mailbox[user] = await imap.person(user);
    const stage = await setStage();
    const sink = await stage.sink({
      onData: ({ id }) => ({ code: 250, message: replies[id?.split('-')[0] ?? ''] ?? 'OK' }),
    });
    service = await stage.service();
    shop = await addTenant(service, 'shop', {
      server: sink,
      account: { imap_tls: false, ...imapOf('shop') },
    });
    await addTenant(service, 'other', { server: sink, account: { imap_tls: false, ...imapOf('other') } });
    const settings = { enabled: true, imap_ssl: false, ...imapOf('all') };
    expect((await service.api('PUT', '/instance/bounce', settings)).status).toBe(200);
  });
  afterAll(() => imap?.stop());

  let seen = 0;
  /** Puts a bounce into a mailbox. @returns how it was recorded */
  async function comesBack(to: string, id: string, address: string): Promise<Listed> {
    const returned = bounceMail({
      to: 'app@acme.test',
      recipients: [{ address, diagnostic: '550 5.1.1 User unknown' }],
      headers: [`Message-ID: <${id}>`],
    });
    await mailbox[to]?.put([returned]);
    const found = await waitFor(
      'the bounce to be read',
      async () => {
        const { body } = await service.api<{ bounces: Listed[] }>('GET', '/bounces');
        const unmatched = await service.api<{ bounces: Listed[] }>('GET', '/bounces?unmatched=true');
        const all = new Map([...body.bounces, ...unmatched.body.bounces].map((one) => [one.id, one]));
        return all.size > seen && [...all.values()];
      },
      { timeoutMs: 60_000 },
    );
    seen = found.length;
    return found.reduce((last, one) => (one.id > last.id ? one : last));
  }

  test.each(['outlook', 'ses'])(
    '%s: only with a recipient of the message, or in the mailbox of its tenant',
    async (provider) => {
      const id = `${provider}-1`;
      const to = `${provider}@example.test`;
      await shop.handIn(service, [mail(id, { to })]);
      await shop.until(service, id, ({ status }) => status === 'sent');
      const theirs = named[provider] ?? '';
      const before = await shop.find(service, id);

      // Made up by one who knows the id, and by another tenant who knows all.
      expect(await comesBack('all', theirs, 'who@else.test')).not.toHaveProperty('message_id');
      expect(await comesBack('other', theirs, to)).not.toHaveProperty('message_id');
      expect(await shop.find(service, id)).toEqual(before);

      const proved = { tenant_id: 'shop', message_id: id, matched_by: 'provider_id' };
      expect(await comesBack('all', theirs, to.toUpperCase())).toMatchObject(proved);
      expect(await comesBack('shop', theirs, 'forwarded@else.test')).toMatchObject(proved);
      expect(await shop.find(service, id)).toMatchObject({
        bounce_type: 'hard',
        bounce_reason: 'user_unknown',
      });
    },
  );
});
