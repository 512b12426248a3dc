// Attachments that are files arrive from the folder of their tenant, and nothing outside of it is ever read.
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { mail } from '../../support/stage/mail.js';
import { type AttachmentStage, setAttachmentStage } from './attachment-stage.js';

let stage: AttachmentStage;
beforeAll(async () => {
  stage = await setAttachmentStage();
});

const path = (...parts: string[]) => join(stage.folder, ...parts);
test('below the folder of the tenant arrive, by absolute and by relative paths', async () => {
  const bytes = randomBytes(200_000);
  mkdirSync(path('acme/sub'));
  writeFileSync(path('acme/sub/a.bin'), bytes);
  const parsed = await stage.received('file', [
    { filename: 'a.bin', storage_path: path('acme/sub/a.bin') },
    { filename: 'b.bin', storage_path: 'sub/a.bin', fetch_mode: 'filesystem' },
  ]);
  expect(parsed.attachments.map(({ content }) => content.equals(bytes))).toEqual([true, true]);
});

test.each([
  '/etc/passwd',
  '/proc/self/environ',
  '/dev/zero',
  'FOLDER',
  'FOLDER/',
  'FOLDER/acme',
  'FOLDER/acme/',
  'FOLDER/acme/.',
  'FOLDER/acme/..',
  'FOLDER/acme/../other/secret',
  'FOLDER/acme/sub/../../other/secret',
  'FOLDER/other/secret',
  'FOLDER/acmeX/secret',
  'FOLDER/acme/a\0.txt',
  'FOLDER/acme/\\..\\other',
  '../other/secret',
  'file:///etc/passwd',
])('the path %j is refused at the door', async (given) => {
  const attachment = {
    filename: 'a',
    storage_path: given.replace('FOLDER', stage.folder),
    fetch_mode: 'filesystem',
  };
  const { status, body } = await stage.tenant.post(stage.service, [
    mail('refused', { attachments: [attachment] }),
  ]);
  const sure = JSON.stringify(body);
  if (given === 'file:///etc/passwd') expect(status).toBe(200);
  else expect(sure).toMatch(/attachments\.0\.storage_path: /);
});

test('a link that leads out, a device, a FIFO, a folder and what belongs to the service are never read', async () => {
  writeFileSync(path('other/secret'), 'secret');
  symlinkSync(path('other/secret'), path('acme/link'));
  symlinkSync(path('other'), path('acme/folder-link'));
  symlinkSync('/dev/zero', path('acme/device'));
  mkdirSync(path('acme/folder'));
  const names = ['link', 'folder-link/secret', 'device', 'folder', 'missing'];
  if (stage.database.kind === 'sqlite') {
    linkSync(stage.database.path, path('acme/database'));
    linkSync(`${stage.database.path}-wal`, path('acme/journal'));
    names.push('database', 'journal');
  }
  for (const [n, name] of names.entries()) {
    const attachments = [{ filename: 'a', storage_path: path('acme', name) }];
    await stage.handIn([mail(`unread-${n}`, { attachments })]);
    const ended = await stage.tenant.until(
      stage.service,
      `unread-${n}`,
      ({ status }) => status !== 'pending',
    );
    expect([name, ended.status]).toEqual([name, 'error']);
    expect(ended.error).toMatch(/^Attachment "a" cannot be sent: /);
  }
  expect(stage.sink.messages.filter(({ id }) => id?.startsWith('unread-'))).toEqual([]);
});

test('a file that has not the stated MD5, or is too large, is a final failure of its message alone', async () => {
  writeFileSync(path('acme/small'), 'a');
  const attachments = [{ filename: 'a', storage_path: path('acme/small'), content_md5: 'f'.repeat(32) }];
  await stage.handIn([mail('bad-md5', { attachments }), mail('good')]);
  const { error } = await stage.tenant.until(stage.service, 'bad-md5', ({ status }) => status === 'error');
  expect(error).toBe('Attachment "a" cannot be sent: its content does not have the stated MD5');
  await stage.arrived('good');
});
