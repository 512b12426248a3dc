// However often the process that reads a mailbox is killed, and however many run, each bounce is read once and none is missed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { openDatabase } from '../../../src/store/db/open.js';
import { group, reportMail } from '../../bounce/mails/reports.js';
import { login } from '../../support/mail-servers/dovecot.js';
import { type ImapServer, startImap } from '../../support/mail-servers/imap.js';
import { hasDovecotImap } from '../../support/mail-servers/programs.js';
import type { Program } from '../../support/programs/program.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { setStage } from '../../support/stage/set-stage.js';

interface Progress {
  state: string;
  mails_read: number;
  bounces_read: number;
}

const count = 1500;
const bounce = (n: number) =>
  reportMail(group(`u${n}@example.org`, 'failed', '5.1.1', '550 5.1.1 User unknown'), {
    headers: `X-Test: ${n}\n`,
  });

describe.runIf(hasDovecotImap)('a mailbox that is read while processes are killed', () => {
  let imap: ImapServer;
  beforeAll(async () => {
    imap = await startImap();
  });
  afterAll(() => imap?.stop());

  test('each bounce is recorded once', async () => {
    await imap.fill(
      'killed',
      Array.from({ length: count }, (_, n) => bounce(n)),
    );
    const stage = await setStage();
    const env = {
      GMP_BOUNCE_ENABLED: '1',
      GMP_BOUNCE_IMAP_HOST: '127.0.0.1',
      GMP_BOUNCE_IMAP_PORT: String(imap.port),
      GMP_BOUNCE_IMAP_SSL: '0',
      GMP_BOUNCE_IMAP_USER: 'killed',
      GMP_BOUNCE_IMAP_PASSWORD: login.password,
      GMP_BOUNCE_AFTER_READING: 'move',
      GMP_BOUNCE_POLL_INTERVAL: '1',
    };
    const start = () => stage.program(env);
    const progressOf = async (program: Program) =>
      (await program.api<Progress>('GET', '/instance/bounce')).body;
    const untilBeyond = (program: Program, read: number) =>
      waitFor(
        'mails to be read',
        async () => {
          const { mails_read } = await progressOf(program);
          return mails_read > read && { mails_read };
        },
        { timeoutMs: 60_000 },
      );
    const first = await start();
    const { mails_read } = await untilBeyond(first, 0);
    await first.kill();
    expect(mails_read).toBeLessThan(count);
    // One of the two reads. The other takes over, or the killed one had nothing.
    const [second, last] = await Promise.all([start(), start()]);
    await untilBeyond(last, mails_read);
    await second.kill();
    const done = await waitFor(
      'the mailbox to be read to its end',
      async () => {
        const progress = await progressOf(last);
        return progress.state === 'watching' && progress.mails_read >= count && progress;
      },
      { timeoutMs: 90_000 },
    );
    expect(done).toMatchObject({ mails_read: count, bounces_read: count });
    const { body: metrics } = await last.api<string>('GET', '/metrics');
    expect(metrics).toContain('gmp_bounce_mailbox_failing{tenant_id="",account_id=""} 0');
    expect(await countBounces(stage.database.path)).toBe(count);
    const person = await imap.person('killed');
    expect(await person.list()).toEqual([]);
    expect(await person.list('Bounces')).toHaveLength(count);
  });
});

async function countBounces(path: string): Promise<number> {
  const db = await openDatabase(path, systemClock);
  try {
    return await db.read.bounce.count();
  } finally {
    await db.close();
  }
}
