// An admin token that is replaced over HTTP is the only one from then on, in every process and after a restart.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

const folder = await tempFolder('admin-token');
afterAll(folder.remove);
const generated = {
  GMP_API_TOKEN: '',
  GMP_ROLES: 'api',
  GMP_ADMIN_TOKEN_FILE: join(folder.path, 'token'),
};
const statusWith = async (service: Service, token: string) =>
  (await service.api('GET', '/tenants', undefined, { token })).status;

test('the new token opens both processes at once, the old one neither, and a start finds the new one', async () => {
  const first = await stage.service(generated);
  const second = await stage.service(generated);
  const old = readFileSync(generated.GMP_ADMIN_TOKEN_FILE, 'utf8').trim();
  expect([await statusWith(first, old), await statusWith(second, old)]).toEqual([200, 200]);

  const token = 'an-admin-token-of-my-own';
  const changed = await first.api('PUT', '/instance', { api_token: token }, { token: old });
  expect(changed).toMatchObject({ status: 200, body: { ok: true } });
  const third = await stage.service(generated);
  for (const service of [first, second, third]) {
    expect([await statusWith(service, token), await statusWith(service, old)]).toEqual([200, 401]);
    expect(service.output()).not.toContain(token);
  }
  expect(third.output()).not.toMatch(/Admin token/);
});
