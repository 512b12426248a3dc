// Measures how fast a mailbox with many waiting mails is read from a Dovecot, and what the service takes for it.
// Options: --count N mails (10000), --leave (default: bounces are moved), --database sqlite|postgresql (sqlite)
import { parseArgs } from 'node:util';
import { group, reportMail } from '../test/bounce/mails/reports.js';
import { login } from '../test/support/mail-servers/dovecot.js';
import { startImap } from '../test/support/mail-servers/imap.js';
import { waitFor } from '../test/support/programs/wait-for.js';
import { layStage, memory, processorMs } from './stage.js';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    leave: { type: 'boolean', default: false },
    database: { type: 'string', default: 'sqlite' },
  },
});
const count = Number(options.count);

interface Progress {
  state: string;
  mails_read: number;
  bounces_read: number;
}

/** Every tenth is a letter. */
const mails = Array.from({ length: count }, (_, n) =>
  n % 10 === 9
    ? `From: ann@example.org\nTo: bob@example.com\nSubject: Letter ${n}\n\n${'Hello Bob. '.repeat(300)}\n`
    : reportMail(group(`u${n}@example.org`, 'failed', '5.1.1', '550 5.1.1 User unknown'), {
        headers: `X-Test: ${n}\n`,
      }),
);

const stage = await layStage(options.database);
const imap = await startImap();
try {
  await imap.fill('bench', mails);
  const program = await stage.program({ GMP_LOG_LEVEL: 'warn' });
  const processorBefore = processorMs(program.pid);
  const startedAt = performance.now();
  await program.api('PUT', '/instance/bounce', {
    enabled: true,
    imap_host: '127.0.0.1',
    imap_port: imap.port,
    imap_ssl: false,
    imap_user: 'bench',
    imap_password: login.password,
    after_reading: options.leave ? 'leave' : 'move',
  });
  const done = await waitFor(
    'all to be read',
    async () => {
      const { body } = await program.api<Progress>('GET', '/instance/bounce');
      return body.state === 'watching' && body.mails_read === count && body;
    },
    { timeoutMs: 600_000, everyMs: 200 },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${count} mails, ${done.bounces_read} bounces: ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} mails/s, ` +
      `processor ${((processorMs(program.pid) - processorBefore) / 1000).toFixed(1)} s, ` +
      `memory ${memory(program.pid).most} MB at most`,
  );
  await program.kill();
} finally {
  await imap.stop();
  await stage.end();
}
