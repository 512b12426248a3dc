// The contents of attachments are stored once, read back byte for byte, and gone once no message has them.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { putContent } from '../../../src/store/attachments/put-content.js';
import { findStoredAttachments, readContent } from '../../../src/store/attachments/read-content.js';
import { removeUnusedContents } from '../../../src/store/attachments/remove-unused.js';
import { deleteMessages } from '../../../src/store/messages/delete.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { addTenant, freshStore, newMessage, type StoreContext } from '../../support/stage/open-store.js';
import { query } from '../../support/stage/tables.js';

let ctx: StoreContext;
let database: FreshDatabase;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await addTenant(ctx);
});

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const put = (bytes: Buffer) =>
  putContent(ctx, { hash: hashOf(bytes), size: bytes.length, read: () => blocksOf(bytes) });

/** Of a length that is none of the store's own. */
async function* blocksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

const afterHold = () => {
  ctx.clock.at += 600_000;
};
const rowsIn = async (table: string) =>
  Number((await query(database, `SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

/** The files of large contents. */
function files(): string[] {
  const folder = `${database.path}.attachments`;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));
}

async function store(id: string, contentId: string): Promise<string> {
  const [verdicts] = await insertMessages(ctx, [
    { messages: [newMessage(ctx, { id, attachments: [{ n: 0, contentId }], attachmentBytes: 1 })] },
  ]);
  const [verdict] = verdicts ?? [];
  if (verdict?.kind !== 'stored') throw new Error(JSON.stringify(verdict));
  return verdict.pk;
}

async function read(messagePk: string): Promise<Buffer> {
  const content = (await findStoredAttachments(ctx, messagePk)).get(0)?.content;
  if (content === undefined) throw new Error('no content');
  const blocks: Buffer[] = [];
  for await (const block of readContent(ctx, content)) blocks.push(block);
  return Buffer.concat(blocks);
}

const sizes = [0, 1, 1000, 128 * 1024, 128 * 1024 + 1, 256 * 1024, 256 * 1024 + 1, 3 * 1024 * 1024 + 7];

test.each(sizes)('a content of %i bytes is read as it was stored', async (size) => {
  const bytes = randomBytes(size);
  expect((await read(await store('m1', await put(bytes)))).equals(bytes)).toBe(true);
});

test.each([1000, 1_000_000])(
  'a content of %i bytes that comes at once and again is stored once',
  async (size) => {
    const bytes = randomBytes(size);
    const ids = await Promise.all(Array.from({ length: 5 }, () => put(bytes)));
    afterHold();
    ids.push(await put(bytes));
    expect(new Set(ids).size).toBe(1);
    await store('m1', ids[0] ?? '');
    await removeUnusedContents(ctx);
    expect(await rowsIn('attachment_contents')).toBe(1);
    if (database.kind === 'sqlite') expect(size > 128 * 1024 ? files() : ['']).toHaveLength(1);
  },
);

test.each([1000, 1_000_000])('a content of %i bytes goes with the last message that has it', async (size) => {
  const bytes = randomBytes(size);
  const id = await put(bytes);
  await store('m1', id);
  const second = await store('m2', await put(bytes));
  afterHold();
  await deleteMessages(ctx, 'shop', ['m1']);
  expect(await removeUnusedContents(ctx)).toBe(0);
  expect((await read(second)).equals(bytes)).toBe(true);
  await deleteMessages(ctx, 'shop', ['m2']);
  expect(await removeUnusedContents(ctx)).toBe(1);
  for (const table of ['attachment_contents', 'attachment_pieces', 'message_attachments'])
    expect(await rowsIn(table)).toBe(0);
  if (database.kind === 'sqlite' && size > 128 * 1024) expect(files()).toEqual([]);
});

test('a content goes with its tenant', async () => {
  await store('m1', await put(randomBytes(1000)));
  await deleteTenant(ctx, 'shop');
  afterHold();
  expect(await removeUnusedContents(ctx)).toBe(1);
});

test('a message that is replaced has the attachments of the new one alone', async () => {
  const [old, fresh] = [randomBytes(1000), randomBytes(1000)];
  await store('m1', await put(old));
  const pk = await store('m1', await put(fresh));
  expect((await read(pk)).equals(fresh)).toBe(true);
  afterHold();
  expect(await removeUnusedContents(ctx)).toBe(1);
});

test('a content that no message got is removed, but not before its call can have stored its messages', async () => {
  await put(randomBytes(1000));
  expect(await removeUnusedContents(ctx)).toBe(0);
  afterHold();
  expect(await removeUnusedContents(ctx)).toBe(1);
});

test.each([1000, 1_000_000])(
  'a message handed in while the last one with the same content of %i bytes goes keeps its content',
  async (size) => {
    const bytes = randomBytes(size);
    for (let round = 0; round < 10; round++) {
      await store('old', await put(bytes));
      afterHold();
      const [, pk] = await Promise.all([
        deleteMessages(ctx, 'shop', ['old']).then(() => removeUnusedContents(ctx)),
        put(bytes).then((id) => store('new', id)),
        removeUnusedContents(ctx),
      ]);
      expect((await read(pk)).equals(bytes)).toBe(true);
      await deleteMessages(ctx, 'shop', ['new']);
    }
  },
);

test('what a process leaves that dies while it stores a content is removed', async () => {
  await ctx.db.writeModels((models) => [
    models.attachmentContent.create({
      data: { id: '0-unfinished', size: 10, place: 'database', heldUntil: ctx.clock.at + 1000 },
    }),
    models.attachmentPiece.create({ data: { contentId: '0-unfinished', n: 0, data: Buffer.from('half') } }),
  ]);
  expect(await removeUnusedContents(ctx)).toBe(0);
  afterHold();
  expect(await removeUnusedContents(ctx)).toBe(1);
  expect(await rowsIn('attachment_pieces')).toBe(0);
});

test('a file without a row, of a process that died before it removed the file, is removed', async () => {
  if (database.kind !== 'sqlite') return;
  const bytes = randomBytes(1_000_000);
  const id = await put(bytes);
  const folder = join(`${database.path}.attachments`, id.charAt(0));
  for (const name of [`${id.charAt(0)}-orphan`, `${id.charAt(0)}-orphan.part`])
    writeFileSync(join(folder, name), 'x');
  await removeUnusedContents(ctx);
  expect(files()).toEqual([join(id.charAt(0), id)]);
});

test('a content whose file is lost is a fault, and no shorter content', async () => {
  if (database.kind !== 'sqlite') return;
  const pk = await store('m1', await put(randomBytes(1_000_000)));
  rmSync(`${database.path}.attachments`, { recursive: true });
  await expect(read(pk)).rejects.toThrow(/ENOENT/);
});
