// A process that stands still while it moves bounces loses the mailbox to another one, and touches nothing twice when it wakes up.
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { group, reportMail } from '../../bounce/mails/reports.js';
import { login } from '../../support/mail-servers/dovecot.js';
import { type ImapServer, startImap } from '../../support/mail-servers/imap.js';
import { hasDovecotImap } from '../../support/mail-servers/programs.js';
import { freeze } from '../../support/programs/freeze.js';
import type { Program } from '../../support/programs/program.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { setStage } from '../../support/stage/set-stage.js';

const count = 300;
const bounce = (n: number) =>
  reportMail(group(`u${n}@example.org`, 'failed', '5.1.1', '550 5.1.1 User unknown'), {
    headers: `X-Test: ${n}\n`,
  });

describe.runIf(hasDovecotImap)('the holder of a mailbox', () => {
  let imap: ImapServer;
  beforeAll(async () => {
    imap = await startImap();
  });
  afterAll(() => imap?.stop());

  test('stands still in the middle, and wakes up after another has read on', {
    timeout: 240_000,
  }, async () => {
    await imap.fill(
      'frozen',
      Array.from({ length: count }, (_, n) => bounce(n)),
    );
    const proxy = await startProxy(imap.port);
    const stage = await setStage();
    const start = () =>
      stage.program({
        GMP_PROCESS_TIMEOUT_SECONDS: '2',
        GMP_BOUNCE_ENABLED: '1',
        GMP_BOUNCE_IMAP_HOST: '127.0.0.1',
        GMP_BOUNCE_IMAP_PORT: String(proxy.port),
        GMP_BOUNCE_IMAP_SSL: '0',
        GMP_BOUNCE_IMAP_USER: 'frozen',
        GMP_BOUNCE_IMAP_PASSWORD: login.password,
        GMP_BOUNCE_AFTER_READING: 'move',
        GMP_BOUNCE_POLL_INTERVAL: '1',
      });
    // It has the lease, and waits for the server to move bounces.
    const first = await start();
    await proxy.moves;
    const goOn = freeze(first.pid);
    const second = await start();
    const read = (program: Program, mails: number) =>
      waitFor(
        'the mailbox to be read',
        async () => {
          const { body } = await program.api<{ state: string; mails_read: number }>(
            'GET',
            '/instance/bounce',
          );
          return body.state === 'watching' && body.mails_read >= mails && body;
        },
        { timeoutMs: 100_000 },
      );
    await read(second, count);
    proxy.release();
    goOn();
    await waitFor(
      'the first to answer again',
      async () => (await first.api('GET', '/health')).status === 200,
    );
    const person = await imap.person('frozen');
    await person.put([bounce(count)]);
    expect(await read(second, count + 1)).toMatchObject({ mails_read: count + 1, bounces_read: count + 1 });
    expect(await person.list()).toEqual([]);
    expect(await person.list('Bounces')).toHaveLength(count + 1);
  });
});

/** Holds back the first MOVE until told. */
async function startProxy(to: number) {
  let reached = () => {};
  let release = () => {};
  const moves = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isFirst = true;
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    upstream.pipe(client);
    client.on('data', (chunk) => {
      if (isFirst && chunk.toString('latin1').includes(' UID MOVE ')) {
        isFirst = false;
        reached();
        void released.then(() => upstream.write(chunk));
      } else upstream.write(chunk);
    });
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  removeAtEnd(async () => {
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, moves, release };
}
