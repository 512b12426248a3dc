// A folder as storage: what fails defers its message, and what has ended is removed.
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bytesOf,
  file,
  get,
  type LinkStage,
  linkIn,
  press,
  setLinkStage,
} from '../../support/http/link-stage.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { query } from '../../support/stage/tables.js';

let on: LinkStage;
beforeAll(async () => {
  // Removal runs ten times in this time.
  on = await setLinkStage({ GMP_DELIVERY_REPORT_RETENTION_SECONDS: '60' });
});
beforeEach(() => on.configure());

const large = randomBytes(200_000);

describe('a storage', () => {
  test('that fails defers the message, which goes once it works, and never without the file', async () => {
    const blocked = join(on.folder, '..', 'blocked');
    writeFileSync(blocked, 'a file where a folder should be');
    await on.configure({ storage_url: `file://${blocked}` });
    const id = on.newId();
    await on.tenant.handIn(on.service, [mail(id, { attachments: [file('plan.bin', large)] })]);
    const { deferred_reason } = await on.tenant.until(on.service, id, ({ status }) => status === 'deferred');
    expect(deferred_reason).toBe(
      'Attachment "plan.bin" cannot be sent: it could not be put into a link: The file could not be written (ENOTDIR)',
    );
    await on.configure();
    await on.sink.waitFor((messages) => messages.some((one) => one.id === id));
    expect(on.sink.messages.filter((one) => one.id === id)).toHaveLength(1);
    expect(on.sink.messages.find((one) => one.id === id)?.raw.toString()).toContain('/download/');
  });

  test('that lost the file answers 503 to the download, and gets it again with the next mail', async () => {
    const bytes = randomBytes(150_001);
    const first = linkIn((await on.send([file('lost.bin', bytes)])).parsed.text);
    rmSync(join(on.folder, 'acme'), { recursive: true });
    const address = await press(first);
    expect((await get(address)).status).toBe(503);
    await on.send([file('lost.bin', bytes)]);
    expect((await bytesOf(await get(address))).equals(bytes)).toBe(true);
  });

  test('is rid of files whose links have ended, of what uploads that died have left, and of a deleted tenant', async () => {
    const kept = await on.linked(file('kept.bin', large));
    const { parsed } = await on.send([file('gone.bin', randomBytes(150_002))]);
    const gone = linkIn(parsed.text);
    const before = on.stored().length;
    // As an upload leaves it whose process was killed.
    await query(
      on.stage.database,
      `INSERT INTO large_files (id, tenant_id, hash, size, storage_url, uploader, held_until)
        VALUES ('dead', 'acme', 'abc', 5, 'file://${on.folder}', 'x', 1)`,
    );
    writeFileSync(join(on.folder, 'acme/dead.part'), 'half');
    await query(on.stage.database, "UPDATE file_links SET expires_at = 1 WHERE filename = 'gone.bin'");
    await query(on.stage.database, 'UPDATE large_files SET held_until = 1');
    const removed = { timeoutMs: 50_000, everyMs: 100 };
    await waitFor('the job to remove them', async () => on.stored().length === before - 1, removed);
    expect((await get(gone)).status).toBe(410);
    const address = await press(kept.url);
    expect((await get(address)).status).toBe(200);
    expect((await on.service.api('DELETE', '/tenant/acme')).status).toBe(200);
    for (const url of [kept.url, address]) expect((await get(url)).status).toBe(404);
    await query(on.stage.database, 'UPDATE large_files SET held_until = 1');
    const rowsLeft = async () => query(on.stage.database, 'SELECT id FROM large_files');
    await waitFor('the job to remove all', async () => (await rowsLeft()).length === 0, removed);
    expect(on.stored()).toEqual([]);
  });
});
