// POST /commands/forget deletes all messages from or to an address, of one tenant, with their events.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  for (const tenant of ['shop', 'other']) {
    await stage.tenant(tenant);
    await stage.account(tenant, 'main');
  }
});

const forget = (tenant: string, addresses: unknown) =>
  stage.service.api('POST', `/commands/forget?tenant_id=${tenant}`, { addresses });

test('messages to, copied to or from the address are gone, whatever its spelling, and no others', async () => {
  const to = (id: string, fields: object) => message({ id, ...fields });
  await stage.add([
    to('plain', { to: ['jo@example.org'] }),
    to('named', { to: ['Jo <JO@Example.org>', 'b@example.org'] }),
    to('cc', { to: ['b@example.org'], cc: ['jo@example.org'] }),
    to('bcc', { to: ['b@example.org'], bcc: 'jo@example.org' }),
    to('reply', { to: ['b@example.org'], reply_to: 'jo@example.org' }),
    to('longer', { to: ['mojo@example.org'] }),
    to('named-in-text', { to: ['b@example.org'], subject: 'jo@example.org', body: 'jo@example.org' }),
    to('theirs', { tenant_id: 'other', to: ['jo@example.org'] }),
    ...Array.from({ length: 450 }, (_, i) => to(`many-${i}`, { to: ['many@bücher.example'] })),
  ]);
  expect((await forget('shop', ['Jo@example.org', 'nobody@example.org'])).body).toEqual({
    ok: true,
    messages: 5,
    events: 5,
  });
  expect((await forget('shop', ['many@xn--bcher-kva.example'])).body).toMatchObject({ messages: 450 });
  const left = await query(stage.database, 'SELECT id FROM messages ORDER BY id');
  expect(left.map(({ id }) => id)).toEqual(['longer', 'named-in-text', 'theirs']);
  const log = await query(stage.database, 'SELECT payload FROM command_log');
  expect(JSON.stringify(log)).not.toContain('jo@');
});

test('what is no list of addresses is refused by name', async () => {
  for (const addresses of [[], ['no-address'], 'jo@example.org']) {
    expect((await forget('shop', addresses)).status).toBe(422);
  }
  const { body } = await stage.service.api('POST', '/commands/forget?tenant_id=shop', {});
  expect(JSON.stringify(body)).toContain('addresses: required; send {\\"addresses\\": [...]}');
});
