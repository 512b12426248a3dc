// A tenant whose rows are still being removed does not exist for the admin, in whatever place a call names it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: ApiStage;

beforeAll(async () => {
  // Without a worker nothing removes the rows.
  stage = await setApiStage({ GMP_ROLES: 'api' });
  await stage.tenant('gone');
  await stage.account('gone', 'main', { host: 'smtp.example.com', port: 587 });
  await query(stage.database, 'UPDATE tenants SET deleted_at = 1');
});
afterAll(() => stage.remove());

test.each<[call: string, body?: object]>([
  ['GET /tenant/gone'],
  ['GET /tenant?tenant_id=gone'],
  ['PUT /tenant/gone', { name: 'Again' }],
  ['DELETE /tenant/gone'],
  ['GET /tenant/gone/api-keys'],
  ['POST /tenant/gone/api-key', {}],
  ['DELETE /tenant/gone/api-key'],
  ['DELETE /tenant/gone/api-key?name=default'],
  ['POST /tenant/gone/webhook-secret', {}],
  ['DELETE /tenant/gone/webhook-secret'],
  ['POST /account', { id: 'main', tenant_id: 'gone', host: 'smtp.example.org', port: 587 }],
  ['POST /account', { id: 'other', tenant_id: 'gone', host: 'smtp.example.org', port: 587 }],
  ['GET /accounts?tenant_id=gone'],
  ['GET /account/main?tenant_id=gone'],
  ['PUT /account/main?tenant_id=gone', { port: 25 }],
  ['DELETE /account/main?tenant_id=gone'],
  ['POST /account/main/verify?tenant_id=gone'],
  ['GET /messages?tenant_id=gone'],
  ['GET /events?tenant_id=gone'],
  ['POST /commands/delete-messages?tenant_id=gone', { ids: ['m'] }],
])('%s is answered 404', async (call, body) => {
  const [method = '', path = ''] = call.split(' ');
  const answer = await stage.service.api<{ detail: string }>(method, path, body);
  expect({ status: answer.status, detail: answer.body.detail }).toEqual({
    status: 404,
    detail: expect.stringMatching(/^(?:Tenant 'gone'|tenant) not found$/),
  });
});
