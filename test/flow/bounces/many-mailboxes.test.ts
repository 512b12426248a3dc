// A tenant with very many mailboxes has a bounded number of connections, whatever their servers do.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openMailboxSessions } from '../../../src/bounce/mailbox/mailbox-sessions.js';
import { systemClock } from '../../../src/clock.js';
import { mailboxIdOf } from '../../../src/domain/bounce/mailbox.js';
import { openMetrics } from '../../../src/metrics.js';
import { putAccount } from '../../../src/store/accounts/change.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { addTenant, freshStore } from '../../support/stage/open-store.js';
import { silentLog } from '../../support/stage/silent-log.js';

test('of 14 mailboxes whose servers say nothing, a tenant has ten read at once, and another tenant has its own', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { ctx } = await freshStore();
  const { port } = server.address() as AddressInfo;
  const mailbox = {
    imap_host: '127.0.0.1',
    imap_port: port,
    imap_password: 'p',
    imap_tls: false,
  };
  const ids = Array.from({ length: 14 }, (_, n) => `box-${n}`);
  for (const [tenant, accounts] of [['many', ids] as const, ['other', ids.slice(0, 1)] as const]) {
    await addTenant(ctx, tenant);
    for (const id of accounts)
      await putAccount(
        ctx,
        tenant,
        id,
        { host: 'mail.example.com', port: 25, ...mailbox, imap_user: id },
        true,
      );
  }
  const sessions = openMailboxSessions({
    ...ctx,
    log: silentLog,
    metrics: openMetrics(systemClock),
    enqueueReport: Object.assign(() => {}, { close: () => Promise.resolve() }),
  });
  await Promise.all(ids.map((id) => sessions.read(mailboxIdOf('many', id))));
  await sessions.read(mailboxIdOf('other', 'box-0'));
  await waitFor('the connections', async () => sockets.length >= 11);
  for (const socket of sockets) socket.destroy();
  await sessions.close();
  expect(sockets.length).toBe(11);
});
