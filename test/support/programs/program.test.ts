// The service is started with the given settings only, spoken to over HTTP, and ended by signal.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram } from './program.js';
import { type TempFolder, tempFolder } from './temp-folder.js';

const PROGRAM = `
import { createServer } from 'node:http';
if (process.env.GMP_FAULT) { console.error('GMP_FAULT is set'); process.exit(3); }
const answer = () => JSON.stringify({ env: process.env, argv: process.argv.slice(2) });
const startedAt = Date.now();
createServer((request, response) => {
  const ready = Date.now() - startedAt > 100;
  response.writeHead(request.url === '/ready' && !ready ? 503 : 200, { 'content-type': 'application/json' });
  response.end(request.url === '/echo' ? JSON.stringify(request.headers) : answer());
}).listen(process.env.GMP_PORT, process.env.GMP_HOST, () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
`;

let folder: TempFolder;
let program: string;
beforeAll(async () => {
  folder = await tempFolder('service');
  program = join(folder.path, 'program.mjs');
  await writeFile(program, PROGRAM);
});
afterAll(() => folder.remove());

test('starts with the given settings only, is called with the admin token, ends on SIGTERM', async () => {
  process.env.GMP_FAULT = 'inherited';
  const service = await startProgram({ GMP_DB_PATH: 'x.db' }, { program }).finally(
    () => delete process.env.GMP_FAULT,
  );
  const { body } = await service.api<{ env: Record<string, string>; argv: string[] }>('GET', '/');
  expect(body.argv).toEqual(['serve']);
  expect(
    Object.keys(body.env)
      .filter((name) => name.startsWith('GMP_'))
      .sort(),
  ).toEqual(['GMP_API_TOKEN', 'GMP_DB_PATH', 'GMP_HOST', 'GMP_MAX_FAILED_TOKENS', 'GMP_PORT']);
  expect((await service.api('POST', '/echo', {})).body).toMatchObject({ 'x-api-token': 'test-admin-token' });
  expect((await service.api('GET', '/echo', undefined, { token: null })).body).not.toHaveProperty(
    'x-api-token',
  );
  expect(await service.term()).toBe(0);
  expect(service.output()).toContain('listening');
});

test('is gone after SIGKILL', async () => {
  const service = await startProgram({}, { program });
  await service.kill();
  expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('says what it printed when it ends before it is ready', async () => {
  await expect(startProgram({ GMP_FAULT: '1' }, { program })).rejects.toThrow(/exit 3.*GMP_FAULT is set/s);
});
