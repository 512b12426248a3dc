// When /commands/suspend has answered, no message it is about begins to be sent, on whichever of two processes.
import { beforeAll, expect, test } from 'vitest';
import { parkedFrom } from '../../../src/store/schedule/sweep-schedule.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, countIds, type Tenant } from '../../support/stage/tenant.js';

const ROUNDS = 3;
const patience = { timeoutMs: 50_000 };

let stage: Stage;
let services: [Service, Service];
beforeAll(async () => {
  stage = await setStage();
  const settings = { GMP_MAX_CONCURRENT_PER_ACCOUNT: '4' };
  services = await Promise.all([stage.service(settings), stage.program(settings)]);
});

/** Of every message of the tenant the attempts begun so far, and whether one is under way. */
async function attempts(tenant: Tenant) {
  return query(
    stage.database,
    `SELECT id, attempts, status = 'sending' AS going FROM messages WHERE tenant_id = '${tenant.id}' AND batch_code = 'b' ORDER BY id`,
  );
}

test.each([
  ['a tenant', 'tenant', ''],
  ['a batch', 'batch', '&batch_code=b'],
])('of %s, again and again under load', async (_what, id, batch) => {
  const sink = await stage.sink({ delayMs: 10 });
  const tenant = await addTenant(services[0], id, { server: sink });
  const others = await addTenant(services[0], `${id}-other`, { server: sink });
  const all = mails('m', 160, { batch_code: 'b' });
  await tenant.handIn(services[0], all);
  await others.handIn(services[1], mails('o', 40));

  for (let round = 1; round <= ROUNDS; round++) {
    const begun = sink.attempts.length;
    await sink.waitFor(() => sink.attempts.length >= begun + 10, patience);
    const command = (name: string, n: number) =>
      services[n % 2]!.api('POST', `/commands/${name}?tenant_id=${tenant.id}${batch}`);
    expect((await command('suspend', round)).status).toBe(200);
    const stopped = await attempts(tenant);
    await waitFor('what was on the wire to end', async () =>
      (await attempts(tenant)).every(({ going }) => !Number(going)),
    );
    // Everything that could begin something is asked to.
    await services[0].api('POST', '/commands/run-now');
    await others.handIn(services[round % 2]!, mails(`o${round}`, 5));
    await others.untilAll(services[0], ({ status }) => status === 'sent', patience);
    const later = await attempts(tenant);
    expect(later.map((one) => [one.id, one.attempts])).toEqual(stopped.map((one) => [one.id, one.attempts]));
    expect((await command('activate', round + 1)).status).toBe(200);
  }
  await tenant.untilAll(services[0], ({ status }) => status === 'sent', patience);
  expect([...countIds(sink.messages)].filter(([, n]) => n !== 1)).toEqual([]);
});

test('of everything: nothing begins until it is activated', async () => {
  const sink = await stage.sink({ delayMs: 10 });
  const tenant = await addTenant(services[0], 'all', { server: sink });
  await tenant.handIn(services[1], mails('m', 100, { batch_code: 'b' }));
  await sink.waitFor(() => sink.attempts.length >= 10, patience);
  expect((await services[0].api('POST', '/commands/suspend?all=true')).body).toEqual({
    ok: true,
    active: false,
  });
  const stopped = await attempts(tenant);
  await waitFor('what was on the wire to end', async () =>
    (await attempts(tenant)).every(({ going }) => !Number(going)),
  );
  await services[1].api('POST', '/commands/run-now');
  // Two looks of the sweep, which puts what it finds suspended aside.
  await waitFor('the sweep to have been there', async () => {
    const [row] = await query(
      stage.database,
      `SELECT MIN(next_sweep_at) AS at FROM messages WHERE tenant_id = 'all' AND status = 'pending'`,
    );
    return Number(row?.at) >= parkedFrom;
  });
  const later = await attempts(tenant);
  expect(later.map((one) => [one.id, one.attempts])).toEqual(stopped.map((one) => [one.id, one.attempts]));
  await services[1].api('POST', '/commands/activate?all=true');
  await tenant.untilAll(services[0], ({ status }) => status === 'sent', patience);
  expect(sink.count).toBe(100);
});
