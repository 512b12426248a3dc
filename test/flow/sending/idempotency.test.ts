// A call that may be repeated is done once by all processes together, and a kill at any moment leaves its key neither
// stuck nor its answer unknown.
import { beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

const rounds = 3;
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const shape = ({ status, body }: Awaited<ReturnType<Tenant['post']>>) => JSON.stringify({ status, body });
const countQueued = async () =>
  Number((await query(stage.database, "SELECT COUNT(*) AS n FROM events WHERE type = 'queued'"))[0]?.n);

test('of twenty calls with one key at two processes at once one is done, and all get its answer', async () => {
  const still = { GMP_START_ACTIVE: '0' };
  const both = await Promise.all([stage.service(still), stage.program(still)]);
  const tenant = await addTenant(both[0], 'acme', { server: { host: '127.0.0.1', port: 1 } });
  const messages = [...mails('m', 50), { id: 'bad' }];
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => tenant.post(both[n % 2] as Service, messages, withKey('k'))),
  );
  expect([...new Set(answers.map(shape))]).toHaveLength(1);
  expect(answers[0]).toMatchObject({ status: 200, body: { queued: 50 } });
  const replayed = answers.map(({ headers }) => headers.get('idempotency-replayed'));
  expect(replayed.filter((value) => value === null)).toHaveLength(1);
  expect(await countQueued()).toBe(50);
});

test('repeated after its messages were sent and its process killed, a call gets the first answer, and nothing leaves twice', async () => {
  const sink = await stage.sink();
  const first = await stage.program();
  const tenant = await addTenant(first, 'acme', { server: sink });
  const messages = mails('m', 20);
  const answer = await tenant.post(first, messages, withKey('k'));
  await tenant.untilAll(first, ({ status }) => status === 'sent');
  await first.kill();

  const second = await stage.service();
  const again = await tenant.post(second, messages, withKey('k'));
  expect(shape(again)).toBe(shape(answer));
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  await tenant.handIn(second, mails('last', 1));
  await tenant.untilAll(second, ({ status }) => status === 'sent');
  expect(sink.count).toBe(21);
});

test('killed as soon as the messages are stored, or at any other moment: the repeated call gets the answer of the first', async () => {
  const second = await stage.service({ GMP_ROLES: 'api' });
  const tenant = await addTenant(second, 'acme', { server: { host: '127.0.0.1', port: 1 } });
  for (let round = 1; round <= rounds; round++) {
    const first = await stage.program({ GMP_ROLES: 'api' });
    const messages = [...mails(`r${round}`, 300), { id: 'bad' }];
    const key = `k${round}`;
    const lost = tenant.post(first, messages, withKey(key)).catch(() => undefined);
    // In the last round it is killed before anything can be stored.
    while (round < rounds && !(await isTaken(key))) await new Promise((resolve) => setImmediate(resolve));
    await first.kill();
    const seen = await lost;
    const again = await tenant.post(second, messages, withKey(key));
    expect(again).toMatchObject({ status: 200, body: { queued: 300, rejected: [{ id: 'bad' }] } });
    if (seen?.status === 200) expect(shape(again)).toBe(shape(seen));
    expect(await countQueued()).toBe(300 * round);
  }
});

async function isTaken(key: string): Promise<boolean> {
  return (await query(stage.database, `SELECT 1 FROM idempotency_keys WHERE key = '${key}'`)).length > 0;
}
