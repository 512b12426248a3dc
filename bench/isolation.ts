// Measures how soon an urgent message leaves while the servers of other accounts misbehave, one way at a time.
// Options: --accounts N (15), --urgent N (40), --lines N of 78 bytes in each mail of the other accounts (26),
// --database sqlite|postgresql (sqlite)
import { parseArgs } from 'node:util';
import { type Poison, startToxicSmtp, type ToxicStep } from '../test/support/servers/toxic-smtp.js';
import { mail, mails } from '../test/support/stage/mail.js';
import { addAccount, addTenant } from '../test/support/stage/tenant.js';
import { layStage, pause } from './stage.js';

const { values: options } = parseArgs({
  options: {
    accounts: { type: 'string', default: '15' },
    database: { type: 'string', default: 'sqlite' },
    urgent: { type: 'string', default: '40' },
    lines: { type: 'string', default: '26' },
  },
});
const accounts = Number(options.accounts);
const urgents = Number(options.urgent);

const kinds: [string, ToxicStep, Poison][] = [
  ['accepts and never answers', 'greeting', 'hang'],
  ['hangs after the body', 'end', 'hang'],
  ['a byte at a time', 'EHLO', 'drip'],
  ['endless replies', 'RCPT', 'endless reply'],
  ['drops in the body', 'body', 'close'],
  ['refuses the STARTTLS it announced', 'STARTTLS', { reply: '454 4.7.0 TLS not available' }],
];

for (const [name, step, poison] of kinds) await measure(name, step, poison);

async function measure(name: string, step: ToxicStep, poison: Poison): Promise<void> {
  const stage = await layStage(options.database);
  const servers = await Promise.all(Array.from({ length: accounts }, () => startToxicSmtp(step, poison)));
  try {
    const sink = await stage.sink();
    const service = await stage.program();
    const healthy = await addTenant(service, 'healthy', { server: sink });
    const misbehaving = await addTenant(service, 'misbehaving');
    const tls = step === 'STARTTLS' ? { use_tls: true } : {};
    for (const [n, server] of servers.entries())
      await addAccount(service, 'misbehaving', `a-${n}`, server, tls);
    await healthy.handIn(service, [mail('first', { priority: 'immediate' })]);
    await sink.waitFor(1);
    const body = `${'x'.repeat(76)}\r\n`.repeat(Number(options.lines));
    // From here on the service is as busy as these accounts can make it.
    for (const n of servers.keys())
      await misbehaving.handIn(service, mails(`m-${n}`, 25, { account_id: `a-${n}`, body }));
    const took: number[] = [];
    for (let n = 0; n < urgents; n++) {
      const began = performance.now();
      await healthy.handIn(service, [mail(`urgent-${n}`, { priority: 'immediate' })]);
      await sink.waitFor(n + 2);
      took.push(Math.round(performance.now() - began));
      await pause(100);
    }
    const [first = 0] = took;
    took.sort((a, b) => a - b);
    const [middle, late] = [took[Math.floor(urgents / 2)], took[Math.floor(urgents * 0.95)]];
    console.log(`${name}: first ${first} ms, middle ${middle}, 95 % ${late}, at most ${took.at(-1)} ms`);
    await service.kill();
  } finally {
    await stage.end();
    await Promise.all(servers.map((server) => server.stop()));
  }
}
