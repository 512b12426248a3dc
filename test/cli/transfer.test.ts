// What `export` writes is taken by `import`: once, without secrets, and a second time changes nothing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runHere } from '../support/cli/run-here.js';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { setStage } from '../support/stage/set-stage.js';

const folder = await tempFolder('transfer');
afterAll(() => folder.remove());
const at = 4_000_000_000;

test('tenants, accounts and unsent messages move to another service; attachments with contents are named', async () => {
  const [one, other] = await Promise.all([setStage(), setStage()]);
  const [from, to] = await Promise.all([one.service(), other.service()]);
  const env = (service: { url: string }) => ({
    MAIL_PROXY_URL: service.url,
    MAIL_PROXY_TOKEN: ADMIN_TOKEN,
    HOME: '/nonexistent',
  });
  const auth = { method: 'bearer', token: 'hush-token' };
  await from.api('POST', '/tenant', {
    id: 'shop',
    name: 'Shop',
    client_base_url: 'http://127.0.0.1:1',
    client_auth: auth,
    rate_limits: { hourly: 9 },
  });
  const account = {
    id: 'main',
    tenant_id: 'shop',
    host: '127.0.0.1',
    port: 1,
    user: 'u',
    password: 'hush',
    limit_per_day: 5,
  };
  await from.api('POST', '/account', account);
  const mail = {
    tenant_id: 'shop',
    from: 'a@example.org',
    to: ['b@example.org'],
    bcc: 'c@example.org',
    deferred_ts: at,
  };
  const attachments = [{ filename: 'a.txt', storage_path: 'base64:SGk=' }];
  const messages = [
    {
      ...mail,
      id: 'plain',
      subject: 'Grüße',
      text: 'T',
      html: '<p>T',
      priority: 0,
      batch_code: 'b1',
      headers: { 'X-A': '1' },
    },
    { ...mail, id: 'heavy', subject: 'S', text: 'T', attachments },
  ];
  await from.api('POST', '/commands/add-messages', { messages });

  const exported = await runHere(['export'], env(from));
  expect(exported).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Not exported: message heavy: [^\n]+\n$/),
  });
  expect(exported.stdout).not.toMatch(/hush|\*\*\*/);
  const file = join(folder.path, 'all.jsonl');
  writeFileSync(file, `${exported.stdout}no json\n`);

  const taken = await runHere(['import', file], env(to));
  expect(taken.stdout).toContain('1 tenants, 1 accounts and 1 messages are taken');
  expect(taken.stdout).toContain('tenants update shop --auth bearer --auth-secret-file FILE');
  expect(taken.stdout).toContain('accounts password main --tenant shop');
  expect(taken).toMatchObject({
    code: 1,
    stderr: 'Not taken: line 4: neither a tenant, an account nor a message in JSON\n',
  });
  const state = async (service: typeof from) => ({
    tenants: (await service.api('GET', '/tenants')).body.tenants,
    accounts: (await service.api('GET', '/accounts?tenant_id=shop')).body.accounts,
    messages: (await service.api('GET', '/messages?tenant_id=shop')).body.messages,
  });
  const after = await state(to);
  expect(after).toMatchObject({
    tenants: [{ id: 'shop', name: 'Shop', rate_limits: { hourly: 9 }, client_auth: { method: 'none' } }],
    accounts: [{ id: 'main', user: 'u', limit_per_day: 5 }],
    messages: [
      {
        id: 'plain',
        priority: 0,
        batch_code: 'b1',
        deferred_ts: at,
        message: { bcc: mail.bcc, subject: 'Grüße' },
      },
    ],
  });

  const again = await runHere(['import', file], env(to));
  expect(again.stdout).toContain('0 tenants, 0 accounts and 0 messages are taken\n3 were here already');
  expect(await state(to)).toEqual(after);
});

test('a file that is not there, a kind that is none, and a tenant that is none are said in a sentence', async () => {
  const service = await (await setStage()).service();
  const env = { MAIL_PROXY_URL: service.url, MAIL_PROXY_TOKEN: ADMIN_TOKEN, HOME: '/nonexistent' };
  expect(await runHere(['import', '/no/such'], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Cannot read \/no\/such: ENOENT/),
  });
  expect((await runHere(['export', 'mails'], env)).code).toBe(2);
  expect(await runHere(['export', '--tenant', 'nobody'], env)).toMatchObject({ code: 1, stdout: '' });
});
