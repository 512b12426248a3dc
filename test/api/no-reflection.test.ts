// What is refused is not repeated in the answer, so that nobody can be shown a text of somebody else's making.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from './world.js';

let world: World;
let shopKey: string;
beforeAll(async () => {
  world = await startWorld();
  shopKey = await world.tenant('shop');
});
afterAll(() => world.stop());

test('No answer repeats a token, a path or a tenant that was sent', async () => {
  const marker = 'reflect-me-7f3a';
  const answers = [
    await world.service.api('GET', '/status', undefined, { token: marker }),
    await world.service.api('GET', `/${marker}`),
    await world.service.api('GET', `/${marker}`, undefined, { token: null }),
    await world.service.api('DELETE', `/messages?x=${marker}`),
    await world.list({ tenant_id: marker }, { token: shopKey }),
    await world.service.api('POST', '/account', { id: 'a', tenant_id: marker, host: 'h', port: 1 }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 404, 404, 405, 401, 404]);
  for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(marker);
});
