// Contents are whole or not there when the service is killed while it writes them, and what was not finished is removed.
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { simpleParser } from 'mailparser';
import { beforeAll, expect, test } from 'vitest';
import { removeUnusedContents } from '../../../src/store/attachments/remove-unused.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { openStore } from '../../support/stage/open-store.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
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

/** As soon as contents are being written, `n` of them at least. */
async function midWrite(n: number): Promise<void> {
  const isWriting = async () =>
    stage.database.kind === 'sqlite' ? unfinished().length >= n : (await count(beingStored)) >= n;
  await waitFor('a content to be written', isWriting, { everyMs: 1 });
}

/** Each large enough that its write lasts until the kill. */
const contents = Array.from({ length: 3 }, () => randomBytes(10 * 1024 * 1024));
const messages = contents.map((bytes, n) => {
  const storage_path = `base64:${bytes.toString('base64')}`;
  return mail(`m-${n}`, { attachments: [{ filename: 'a.bin', storage_path }] });
});

test('a call that is killed while contents are written is repeated, and leaves nothing over', async () => {
  const sink = await stage.sink();
  const settings = { GMP_START_ACTIVE: '0' };
  for (const [round, n] of [1, 1, 2].entries()) {
    const program = await stage.program(settings);
    const tenant = await addTenant(program, `killed-${round}`, { server: sink });
    const call = tenant.post(program, messages).catch(() => 'killed' as const);
    await midWrite(n);
    await program.kill();
    expect(await call).toBe('killed');
  }
  expect(await count(beingStored)).toBeGreaterThan(0);
  if (stage.database.kind === 'sqlite') expect(unfinished()).not.toEqual([]);

  const service = await stage.service();
  await service.api('POST', '/commands/activate');
  const tenant = await addTenant(service, 'acme', { server: sink });
  for (const message of messages) await tenant.handIn(service, [message]);
  await sink.waitFor(messages.length);
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
