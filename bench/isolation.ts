// Measures how soon a tenant's messages leave while the servers of another tenant's accounts misbehave, one way at a time.
// Options: --accounts N (15), --seconds N (8), --lines N of 78 bytes in each mail of the other accounts (26),
// --kind PART of a name below (all), --database sqlite|postgresql (sqlite)
import { parseArgs } from 'node:util';
import { type Poison, startToxicSmtp, type ToxicStep } from '../test/support/servers/toxic-smtp.js';
import { mails } from '../test/support/stage/mail.js';
import { addAccount, addTenant } from '../test/support/stage/tenant.js';
import { askEverySoOften } from './neighbour.js';
import { layStage, pause } from './stage.js';

const { values: options } = parseArgs({
  options: {
    accounts: { type: 'string', default: '15' },
    database: { type: 'string', default: 'sqlite' },
    kind: { type: 'string', default: '' },
    seconds: { type: 'string', default: '8' },
    lines: { type: 'string', default: '26' },
  },
});
const accounts = Number(options.accounts);

const kinds: [string, ToxicStep, Poison][] = [
  ['accepts and never answers', 'greeting', 'hang'],
  ['hangs after the body', 'end', 'hang'],
  ['a byte at a time', 'EHLO', 'drip'],
  ['endless replies', 'RCPT', 'endless reply'],
  ['drops in the body', 'body', 'close'],
  ['takes no connection', 'greeting', { reply: '421 4.7.0 Too many connections', close: true }],
  ['refuses every sender for a while', 'MAIL', { reply: '451 4.3.0 Try again later' }],
  ['refuses every recipient', 'RCPT', { reply: '550 5.1.1 No such user' }],
  ['refuses the STARTTLS it announced', 'STARTTLS', { reply: '454 4.7.0 TLS not available' }],
];

for (const [name, step, poison] of kinds) {
  if (name.includes(options.kind)) await measure(name, step, poison);
}

async function measure(name: string, step: ToxicStep, poison: Poison): Promise<void> {
  const stage = await layStage(options.database);
  const servers = await Promise.all(Array.from({ length: accounts }, () => startToxicSmtp(step, poison)));
  try {
    const service = await stage.program();
    const misbehaving = await addTenant(service, 'misbehaving');
    const tls = step === 'STARTTLS' ? { use_tls: true } : {};
    for (const [n, server] of servers.entries())
      await addAccount(service, 'misbehaving', `a-${n}`, server, tls);
    const body = `${'x'.repeat(76)}\r\n`.repeat(Number(options.lines));
    const neighbour = await askEverySoOften(stage, service);
    // From here on the service is as busy as these accounts can make it.
    for (const n of servers.keys())
      await misbehaving.handIn(service, mails(`m-${n}`, 25, { account_id: `a-${n}`, body }));
    await pause(Number(options.seconds) * 1000);
    console.log(`${name}:`, await neighbour.end());
    await service.kill();
  } finally {
    await stage.end();
    await Promise.all(servers.map((server) => server.stop()));
  }
}
