// A message that cannot be sent at all ends with an error: it neither ends the process nor comes again and again.
import { beforeAll, expect, test } from 'vitest';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});

test('one that cannot be read and one that no memory is enough for fail, and the process goes on', async () => {
  const sink = await stage.sink();
  const service = await stage.program({ NODE_OPTIONS: '--max-old-space-size=128' });
  const tenant = await addTenant(service, 'shop', { server: sink });
  await service.api('POST', '/commands/suspend?tenant_id=shop');
  await tenant.handIn(service, [mail('damaged'), mail('huge'), mail('sound')]);
  const large = stage.database.kind === 'sqlite' ? 'hex(zeroblob(20000000))' : "repeat('x', 40000000)";
  for (const [id, payload] of [
    ['damaged', `'{"given": {"id'`],
    ['huge', large],
  ])
    await query(
      stage.database,
      `UPDATE message_contents SET payload = ${payload}
       WHERE message_pk IN (SELECT pk FROM messages WHERE id = '${id}')`,
    );
  await service.api('POST', '/commands/activate?tenant_id=shop');
  const ends = ['damaged', 'huge', 'sound'].map(async (id) => {
    const status = async () => {
      const [row] = await query(stage.database, `SELECT status, error FROM messages WHERE id = '${id}'`);
      return { status: row?.status, error: row?.error };
    };
    await expect
      .poll(status, { timeout: 60_000 })
      .toMatchObject({ status: id === 'sound' ? 'sent' : 'error' });
    return (await status()).error;
  });
  expect(await Promise.all(ends)).toEqual([
    'The stored message cannot be read',
    expect.stringMatching(
      /^The message has 40000000 bytes, and a process with this heap can send \d+ at most$/,
    ),
    null,
  ]);
  expect((await service.api('GET', '/health')).status).toBe(200);
  expect(await service.term()).toBe(0);
});
