// The whole circle: sent by us, taken and then refused by Postfix, whose bounce is read from Dovecot, matched and reported.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { login } from '../support/mail-servers/dovecot.js';
import { type ImapServer, startImap } from '../support/mail-servers/imap.js';
import { type Postfix, startPostfix } from '../support/mail-servers/postfix.js';
import { hasDovecotImap, hasPostfix } from '../support/mail-servers/programs.js';
import { waitFor } from '../support/programs/wait-for.js';
import { mail } from '../support/stage/mail.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant } from '../support/stage/tenant.js';

describe.runIf(hasPostfix && hasDovecotImap)('Postfix and Dovecot', () => {
  let imap: ImapServer;
  let postfix: Postfix;
  beforeAll(async () => {
    imap = await startImap();
    await imap.fill(login.user, []);
    postfix = await startPostfix({
      main: `virtual_mailbox_base = ${imap.folder}
virtual_mailbox_maps = static:${login.user}/
smtpd_reject_unlisted_recipient = no
transport_maps = inline:{ {refused.test = error:5.1.1 no such user here} }`,
    });
  });
  afterAll(async () => {
    await postfix?.stop();
    await imap?.stop();
  });

  test('a mail that Postfix bounces is reported as a bounce of its message, and one that arrives is not', async () => {
    const stage = await setStage();
    const app = await stage.app();
    const service = await stage.service();
    const account = { return_path: 'bounces+%verp%@acme.test', use_tls: false };
    const shop = await addTenant(service, 'shop', { app, server: postfix, account });
    const mailbox = {
      enabled: true,
      imap_host: imap.host,
      imap_port: imap.tlsPort,
      imap_user: login.user,
      imap_password: login.password,
    };
    expect((await service.api('PUT', '/instance/bounce', mailbox)).status).toBe(200);
    await shop.handIn(service, [
      mail('refused', { to: ['ghost@refused.test'] }),
      mail('arrives', { to: ['ann@acme.test'] }),
    ]);
    const bounce = { bounce_type: 'hard', bounce_code: '5.1.1', bounce_reason: 'user_unknown' };
    await waitFor(
      'the bounce to be reported',
      () => app.entries.some(({ event_type }) => event_type === 'bounce'),
      { timeoutMs: 60_000 },
    );
    const reported = app.entries.filter(({ event_type }) => event_type === 'bounce');
    expect(reported).toMatchObject([{ id: 'refused', tenant_id: 'shop', ...bounce }]);
    expect(await shop.find(service, 'refused')).toMatchObject({ status: 'sent', ...bounce });
    const { body } = await service.api<{ bounces: object[] }>('GET', '/bounces?tenant_id=shop');
    expect(body.bounces).toMatchObject([{ message_id: 'refused', matched_by: 'verp' }]);
    expect(await shop.find(service, 'arrives')).not.toHaveProperty('bounce_type');
  });
});
