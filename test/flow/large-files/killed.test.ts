// A process that is killed while it uploads sends nothing without the file, and leaves nothing in the storage for ever.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { bytesOf, file, get, linkIn, press } from '../../support/http/link-stage.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

test('the next process uploads the file again, and its mail has the link', async () => {
  const temp = await tempFolder('killed');
  removeAtEnd(temp.remove);
  const folder = join(temp.path, 'store/acme');
  const stage = await setStage();
  const sink = await stage.sink();
  const content = randomBytes(30_000_000);
  const files = () => (existsSync(folder) ? readdirSync(folder) : []);
  const env = { GMP_START_ACTIVE: '0', GMP_MAX_BODY_MB: '100', GMP_PROCESS_TIMEOUT_SECONDS: '15' };
  const first = await stage.program(env);
  const tenant = await addTenant(first, 'acme', { server: sink });
  const large_file_config = {
    enabled: true,
    action: 'rewrite',
    storage_url: `file://${join(temp.path, 'store')}`,
    public_base_url: 'http://127.0.0.1:1',
  };
  await first.api('PUT', '/tenant/acme', { large_file_config });
  await tenant.handIn(first, [mail('m-1', { attachments: [file('plan.bin', content)] })]);
  await first.api('POST', '/commands/activate?all=true');
  await waitFor('an upload to be under way', async () => files().some((name) => name.endsWith('.part')), {
    timeoutMs: 60_000,
    everyMs: 1,
  });
  await first.kill();
  expect(sink.messages).toEqual([]);
  // As when the lease of the upload is over.
  await query(stage.database, 'UPDATE large_files SET held_until = 0 WHERE stored_at IS NULL');
  const second = await stage.service({ GMP_MAX_BODY_MB: '100' });
  await sink.waitFor((messages) => messages.length === 1);
  const parsed = await simpleParser(sink.messages[0]?.raw ?? '');
  expect(parsed.attachments).toEqual([]);
  const url = linkIn(parsed.text).replace('http://127.0.0.1:1', second.url);
  expect((await bytesOf(await get(await press(url)))).equals(content)).toBe(true);
  expect(files().filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(files()).toHaveLength(1);
}, 180_000);
