// A tenant's limit holds over all of its accounts together, whatever happens to the processes that send for them.
import { beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

const settings = { GMP_IN_DOUBT_GRACE_SECONDS: '1', GMP_RETRY_DELAYS: '1' };
const hourly = 12;

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

test('two accounts, two processes, kills and an emptied Redis: their servers get no more than the hour allows, and the next once it is raised', async () => {
  const [one, two] = await Promise.all([stage.sink({ delayMs: 30 }), stage.sink({ delayMs: 30 })]);
  const killed = [await stage.program(settings), await stage.program(settings)];
  const services: Service[] = [...killed];
  const tenant = await addTenant(services[0]!, 'acme', { server: one, tenant: { rate_limits: { hourly } } });
  await addAccount(services[0]!, 'acme', 'second', two);
  const taken = () => one.attempts.length + two.attempts.length;
  const countSent = async () =>
    (await tenant.list(services[0]!)).filter(({ status }) => status === 'sent').length;
  for (const account_id of ['main', 'second'])
    await tenant.handIn(services[0]!, mails(account_id, 20, { account_id }));
  await Promise.race([one.waitFor(1), two.waitFor(1)]);
  await killed[0]!.kill();
  await stage.emptyRedis();
  services[0] = await stage.service(settings);
  await killed[1]!.kill();
  // In a process of its own: two services in one process would take each other for dead.
  services[1] = await stage.program(settings);
  // What was under way in a process that died has taken its slot, for the server may have it; so none may have been sent.
  const hour = Date.now() / 1000 + 3000;
  await waitFor('the hour to be full', async () =>
    (await tenant.list(services[0]!)).some(({ deferred_ts = 0 }) => deferred_ts > hour),
  );
  const sent = await countSent();
  expect(taken()).toBeLessThanOrEqual(hourly);

  await services[1]!.api('PUT', '/tenant/acme', { rate_limits: { hourly: hourly + 5 } });
  await waitFor('five more to be sent', async () => (await countSent()) >= sent + 5);
  expect(taken()).toBeLessThanOrEqual(hourly + 5);
});
