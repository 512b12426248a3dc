// The credentials of attachments are sealed anew with the others when the encryption key is replaced.
import { expect, test } from 'vitest';
import { startFileServer } from '../../support/http/file-server.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

const [oldKey, newKey] = ['old', 'new'].map((text) => Buffer.alloc(32, text).toString('base64')) as [
  string,
  string,
];

test('a message that waited while the key was replaced is fetched with its credentials', async () => {
  const stage = await setStage();
  const files = await startFileServer();
  removeAtEnd(files.stop);
  files.serve('/a', (response) => response.end('content'));
  const sink = await stage.sink();
  const settings = { GMP_PRIVATE_NETWORKS: 'allow' };
  const first = await stage.service({ ...settings, GMP_ENCRYPTION_KEY: oldKey });
  const tenant = await addTenant(first, 'acme', { server: sink });
  await first.api('POST', '/commands/suspend?tenant_id=acme');
  const storage_path = `${files.url}/a`;
  const attachments = [
    { filename: 'open.txt', storage_path },
    { filename: 'bearer.txt', storage_path, auth: { method: 'bearer', token: 'hush' } },
    { filename: 'basic.txt', storage_path, auth: { method: 'basic', user: 'jo', password: 'hush' } },
  ];
  await tenant.handIn(first, [mail('waiting', { attachments })]);
  await first.term();

  const second = await stage.service({
    ...settings,
    GMP_ENCRYPTION_KEY: newKey,
    GMP_ENCRYPTION_KEY_PREVIOUS: oldKey,
  });
  const { body } = await second.api('POST', '/instance/rotate-secrets');
  // The two credentials, and the proof of the key.
  expect(body).toEqual({ ok: true, rotated: 3 });
  await second.term();

  const third = await stage.service({ ...settings, GMP_ENCRYPTION_KEY: newKey });
  expect(files.calls).toEqual([]);
  await third.api('POST', '/commands/activate?tenant_id=acme');
  await sink.waitFor(1);
  expect(files.calls.map(({ headers }) => headers.authorization)).toEqual([
    undefined,
    'Bearer hush',
    `Basic ${Buffer.from('jo:hush').toString('base64')}`,
  ]);
});
