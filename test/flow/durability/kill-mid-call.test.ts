// A call is stored as a whole or not at all, at whatever moment the service is killed.
import { beforeAll, expect, test } from 'vitest';
import type { Program } from '../../support/programs/program.js';
import type { Service } from '../../support/programs/service.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

const COUNT = 1000;
const body = 'x'.repeat(2000);

/** As parts of the time that a call takes which is left alone. */
const moments = [0.3, 0.6, 0.8, 0.95];

let stage: Stage;
let first: Service;
let others: Program[];
let tenant: Tenant;
beforeAll(async () => {
  stage = await setStage();
  // Nothing is sent: the messages are only to be stored.
  const settings = { GMP_START_ACTIVE: '0' };
  first = await stage.service(settings);
  others = await Promise.all(moments.map(() => stage.program(settings)));
  tenant = await addTenant(first, 'acme', { server: { host: '127.0.0.1', port: 9 } });
});

async function handIn(service: Service, batch: string): Promise<number | 'killed'> {
  const messages = mails(batch, COUNT, { batch_code: batch, body });
  return tenant.post(service, messages).then(
    ({ status }) => status,
    () => 'killed' as const,
  );
}

/** How many rows the batch has of each kind. */
async function stored(batch: string): Promise<number[]> {
  const counts = ['messages', 'message_contents', 'events'].map(async (table) => {
    const key = table === 'messages' ? 'pk' : 'message_pk';
    const [row] = await query(
      stage.database,
      `SELECT COUNT(*) AS n FROM ${table} WHERE ${key} IN (SELECT pk FROM messages WHERE batch_code = '${batch}')`,
    );
    return Number(row?.n);
  });
  return Promise.all(counts);
}

test('a kill during a POST of 1,000 leaves all or none, and all when it was answered', async () => {
  const began = performance.now();
  expect(await handIn(first, 'whole')).toBe(200);
  const wholeMs = performance.now() - began;
  expect(await stored('whole')).toEqual([COUNT, COUNT, COUNT]);

  for (const [i, service] of others.entries()) {
    const batch = `killed-${i}`;
    const answer = handIn(service, batch);
    await new Promise((resolve) => setTimeout(resolve, wholeMs * moments[i]!));
    await service.kill();
    const possible = (await answer) === 200 ? [COUNT] : [0, COUNT];
    expect(possible.map((n) => [n, n, n])).toContainEqual(await stored(batch));
  }
});
