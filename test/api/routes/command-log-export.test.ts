// The export of the command log: one object for clients of the original, or lines from which calls can be repeated.
import { beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage({ GMP_START_ACTIVE: '0' });
  await stage.tenant('exported', { name: 'First' });
  await call('PUT', '/tenant/exported', { name: 'Second' });
  await call('POST', '/commands/suspend?tenant_id=exported&batch_code=b');
});

interface Exported {
  endpoint: string;
  method: string;
  path: string;
  query: Record<string, string>;
  tenant_id: string | null;
  payload: Record<string, unknown>;
  command_ts: number;
}

const call = (method: string, path: string, body?: unknown) => stage.service.api(method, path, body);

test('the export is one object for clients of the original', async () => {
  const answer = await call('GET', '/command-log/export?tenant_id=exported');
  expect(answer.headers.get('content-type')).toBe('application/json');
  const { commands } = answer.body as unknown as { commands: Exported[] };
  expect(answer.body.ok).toBe(true);
  expect(commands.map(({ endpoint, tenant_id }) => [endpoint, tenant_id])).toEqual([
    ['addTenant', 'exported'],
    ['updateTenant', 'exported'],
    ['suspend', 'exported'],
  ]);
  expect(commands[2]).toMatchObject({
    payload: { tenant_id: 'exported', batch_code: 'b' },
    command_ts: expect.any(Number),
  });
  const none = await call('GET', '/command-log/export?since_ts=4000000000');
  expect(none.body).toEqual({ ok: true, commands: [] });
});

test('on request the export has a line for each call, from which the calls can be repeated', async () => {
  const ask = async (more: string, headers = {}) => {
    const answer = await fetch(`${stage.service.url}/command-log/export?tenant_id=exported${more}`, {
      headers: { 'x-api-token': ADMIN_TOKEN, ...headers },
    });
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    return answer.text();
  };
  const text = await ask('&format=ndjson');
  expect(await ask('', { accept: 'application/x-ndjson' })).toBe(text);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Exported);
  expect(lines).toHaveLength(3);
  await call('DELETE', '/tenant/exported');
  for (const { method, path, query, payload } of lines) {
    const { status } = await call(method, `${path}?${new URLSearchParams(query)}`, payload);
    expect(status).toBe(200);
  }
  expect((await call('GET', '/tenant/exported')).body).toMatchObject({ name: 'Second' });
  const { body } = await call('POST', '/commands/suspend?tenant_id=exported&batch_code=c');
  expect(body.suspended_batches).toEqual(['b', 'c']);
});

test('the export has any number of calls, each once', async () => {
  // Refused before they cost anything, and noted.
  const paths = Array.from({ length: 450 }, (_, i) => `/account/n${i}?tenant_id=many`);
  for (let from = 0; from < paths.length; from += 50)
    await Promise.all(paths.slice(from, from + 50).map((path) => call('DELETE', path)));
  const { body } = await call('GET', '/command-log/export?tenant_id=many');
  const numbers = (body.commands as (Exported & { path: string })[]).map((one) => one.path);
  expect(numbers).toHaveLength(450);
  expect(new Set(numbers).size).toBe(450);
});
