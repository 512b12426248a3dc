// The commands about the suppression list.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runHere } from '../support/cli/run-here.js';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant } from '../support/stage/tenant.js';

test('addresses are added, listed, exported, imported and deleted, and a bad one is named', async () => {
  const stage = await setStage();
  const service = await stage.service();
  for (const id of ['shop', 'other']) await addTenant(service, id);
  const env = { MAIL_PROXY_URL: service.url, MAIL_PROXY_TOKEN: ADMIN_TOKEN, HOME: '/nonexistent' };
  const run = (verb: string, tenant: string, ...args: string[]) =>
    runHere(['suppressions', verb, ...args, '--tenant', tenant], env);
  const added = await run(
    'add',
    'shop',
    'jo@example.org',
    'nobody',
    '--reason',
    'unsubscribed',
    '--days',
    '30',
  );
  expect(added).toMatchObject({ code: 1, stdout: expect.stringContaining('1 on the list') });
  expect(added.stderr).toContain('Not taken: nobody: address is not an address');
  expect((await run('list', 'shop')).stdout).toMatch(/jo@example\.org +unsubscribed +manual/);

  const folder = await tempFolder('suppressions');
  onTestFinished(folder.remove);
  const file = join(folder.path, 'list.jsonl');
  writeFileSync(file, `${(await run('export', 'shop')).stdout}\nann@example.org\n\nbroken\n`);
  const imported = await run('import', 'other', file);
  expect(imported).toMatchObject({ code: 1, stdout: expect.stringContaining('2 on the list') });
  expect(imported.stderr).toContain('line 5');
  expect((await run('delete', 'other', 'jo@example.org')).stdout).toContain('1 off the list');
  const left = JSON.parse((await run('list', 'other', '--json')).stdout);
  expect(left).toMatchObject([{ address: 'ann@example.org', reason: 'manual' }]);
  expect(await run('delete', 'other', 'jo@example.org')).toMatchObject({ code: 1 });
});
