// A mail server that goes wrong costs its own account alone: mail of other accounts leaves while its attempts still hang.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layMailPath, type MailPath } from '../support/mail-path.js';
import type { Service } from '../support/service.js';
import { addAccount, addTenant, mail, mails } from '../support/tenant.js';
import { type Poison, startToxicSmtp, type ToxicSmtp, type ToxicStep } from '../support/toxic-smtp.js';
import { waitFor } from '../support/wait-for.js';

const toxic: [ToxicStep, Poison][] = [
  ['greeting', 'hang'],
  ['greeting', 'drip'],
  ['RCPT', 'hang'],
  ['DATA', 'drip'],
  ['end', 'hang'],
];

let path: MailPath;
let service: Service;
const servers: ToxicSmtp[] = [];
beforeAll(async () => {
  path = await layMailPath();
  service = await path.start();
});
afterAll(async () => {
  await path.remove();
  await Promise.all(servers.map((server) => server.stop()));
});

test('an urgent message leaves while more sends hang than the service does at once', async () => {
  const sink = await path.sink();
  const healthy = await addTenant(service, 'healthy', { server: sink });
  const sick = await addTenant(service, 'sick');
  // 15 accounts with 20 sends at once each; the service does 200 at once.
  for (let n = 0; n < 15; n++) {
    const [step, poison] = toxic[n % toxic.length]!;
    const server = await startToxicSmtp(step, poison);
    servers.push(server);
    await addAccount(service, 'sick', `toxic-${n}`, server);
    await sick.handIn(service, mails(`m${n}`, 25, { account_id: `toxic-${n}` }));
  }
  await waitFor('every toxic server to be connected to', () =>
    servers.every(({ connections }) => connections > 0),
  );
  await healthy.handIn(service, [mail('urgent', { priority: 'immediate' })]);
  await sink.waitFor(1);
  const ended = (await sick.list(service)).filter(({ status }) => status !== 'pending');
  expect(ended).toEqual([]);
});
