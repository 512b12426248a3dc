// `mail-proxy messages explain` prints for people what the API answers for programs.
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { startChild } from '../../support/programs/child.js';
import { ADMIN_TOKEN, type Service } from '../../support/programs/service.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service();
  const sink = await stage.sink();
  const tenant = await addTenant(service, 'shop', { server: sink });
  await tenant.handIn(service, [mail('later', { deferred_ts: 4_000_000_000 })]);
});

async function run(args: string[], env: Record<string, string> = {}) {
  const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));
  const child = startChild(process.execPath, [program, 'messages', 'explain', ...args], {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH ?? '', GMP_API_TOKEN: ADMIN_TOKEN, GMP_PORT: String(service.port), ...env },
  });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

test('the command says why a message waits, for people, and with --json for programs', async () => {
  const told = await run(['later', '--tenant', 'shop']);
  expect(told.code).toBe(0);
  expect(told.output).toContain('later: deferred');
  expect(told.output).toContain('not before its time, as handed in');
  expect(told.output).toContain('expected to leave');
  const { output } = await run(['later', '--tenant', 'shop', '--json']);
  expect(JSON.parse(output)).toMatchObject({
    id: 'later',
    status: 'deferred',
    reasons: [{ kind: 'deferred', until_ts: 4_000_000_000 }],
    expected_ts: 4_000_000_000,
  });
});

test('a failure is one sentence with exit code 1; a missing id is exit code 2', async () => {
  const unknown = await run(['nobody', '--tenant', 'shop']);
  expect(unknown.code).toBe(1);
  expect(unknown.output).toContain('message not found');
  expect(unknown.output).not.toMatch(/\n\s+at /);
  const wrong = await run(['later', '--tenant', 'shop'], { GMP_API_TOKEN: 'wrong-token' });
  expect(wrong).toEqual({
    code: 1,
    output: expect.stringMatching(/^The token .* expired; --token .* another\n$/),
  });
  const away = await run(['later', '--tenant', 'shop', '--url', 'http://127.0.0.1:1']);
  expect(away.code).toBe(1);
  expect(away.output).toContain('does not answer');
  expect((await run([])).code).toBe(2);
});
