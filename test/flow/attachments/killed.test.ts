// Contents are whole or not there when the service is killed while it writes them, and what was not finished is removed.
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { simpleParser } from 'mailparser';
import { beforeAll, expect, test } from 'vitest';
import { removeUnusedContents } from '../../../src/store/attachments/remove-unused.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { freshDatabaseOnDisk } from '../../support/stage/databases.js';
import { mail } from '../../support/stage/mail.js';
import { openStore } from '../../support/stage/open-store.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

/** Thirty million bytes are a lot for a busy machine. */
const patience = { timeoutMs: 100_000 };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ database: await freshDatabaseOnDisk() });
});

/** The files of large contents, which SQLite has. */
function files(): string[] {
  try {
    const all = readdirSync(`${stage.database.path}.attachments`, { recursive: true, encoding: 'utf8' });
    return all.filter((name) => name.includes('/')).map((name) => basename(name));
  } catch {
    return [];
  }
}

const unfinished = () => files().filter((name) => name.endsWith('.part'));
const count = async (sql: string) => Number((await query(stage.database, sql))[0]?.n);
const beingStored = 'SELECT COUNT(*) AS n FROM attachment_contents WHERE hash IS NULL';

/** How many contents are not whole, of calls under way and of earlier ones that were killed. */
const notWhole = async () => (stage.database.kind === 'sqlite' ? unfinished().length : count(beingStored));

/** Each large enough that its write lasts until the kill. */
const newContents = () => Array.from({ length: 3 }, () => randomBytes(10 * 1024 * 1024));

function messagesOf(contents: Buffer[]) {
  return contents.map((bytes, n) => {
    const storage_path = `base64:${bytes.toString('base64')}`;
    return mail(`m-${n}`, { attachments: [{ filename: 'a.bin', storage_path }] });
  });
}

test('a call that is killed while contents are written is repeated, and leaves nothing over', {
  timeout: 240_000,
}, async () => {
  const sink = await stage.sink();
  const settings = { GMP_START_ACTIVE: '0' };
  let contents: Buffer[] = [];
  for (const round of [1, 2, 3]) {
    const program = await stage.program(settings);
    const tenant = await addTenant(program, `killed-${round}`, { server: sink });
    // Other contents each time, because one that was stored whole is not written again.
    contents = newContents();
    const before = await notWhole();
    const call = tenant.post(program, messagesOf(contents)).catch(() => 'killed' as const);
    await waitFor('a content to be written', async () => (await notWhole()) > before, {
      ...patience,
      everyMs: 1,
    });
    await program.kill();
    await call;
  }
  expect(await notWhole()).toBeGreaterThan(0);

  const service = await stage.service();
  await service.api('POST', '/commands/activate');
  const tenant = await addTenant(service, 'acme', { server: sink });
  for (const message of messagesOf(contents)) await tenant.handIn(service, [message]);
  await sink.waitFor(contents.length, patience);
  for (const [n, bytes] of contents.entries()) {
    const { attachments } = await simpleParser(sink.messages.find(({ id }) => id === `m-${n}`)?.raw ?? '');
    expect(attachments[0]?.content.equals(bytes)).toBe(true);
  }

  const ctx = await openStore(stage.database.path);
  removeAtEnd(() => ctx.db.close());
  // As the retention job does, later than a call may take to store its messages.
  ctx.clock.at = Date.now() + 600_000;
  await removeUnusedContents(ctx);
  expect(await count(beingStored)).toBe(0);
  expect(await count('SELECT COUNT(*) AS n FROM attachment_contents')).toBe(contents.length);
  expect(files()).toHaveLength(stage.database.kind === 'sqlite' ? contents.length : 0);
  expect(unfinished()).toEqual([]);
  expect(
    await count(
      'SELECT COUNT(*) AS n FROM attachment_pieces WHERE content_id NOT IN (SELECT id FROM attachment_contents)',
    ),
  ).toBe(0);
});
