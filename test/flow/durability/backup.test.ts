// `mail-proxy backup`: what it writes, or names for PostgreSQL, restores to a database on which the service goes on.
import { execFile } from 'node:child_process';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startChild } from '../../support/programs/child.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { postgresBinFolder } from '../../support/servers/postgres-programs.js';
import { emptyDatabase } from '../../support/stage/databases.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

const folder = await tempFolder('backup');
afterAll(folder.remove);
const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

async function backUp(dbPath: string, file: string) {
  const env = { PATH: process.env.PATH ?? '', GMP_DB_PATH: dbPath };
  const child = startChild(process.execPath, [program, 'backup', file], { cwd: folder.path, env });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

/** Backs up the database of a stage as the documentation says, and restores it as another one. */
async function restored({ database }: Stage): Promise<{ path: string; kind: 'sqlite' | 'postgresql' }> {
  const file = join(folder.path, `${database.kind} of today`);
  const { code, output } = await backUp(database.path, file);
  expect(code).toBe(0);
  const target = await emptyDatabase();
  if (database.kind === 'sqlite') {
    expect(output).toBe(`Wrote ${file}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    copyFileSync(file, target.path);
    return target;
  }
  const command = output.split('\n').find((line) => line.startsWith('pg_dump ')) ?? '';
  const PATH = `${postgresBinFolder()}:${process.env.PATH}`;
  await promisify(execFile)('sh', ['-c', command], { env: { PATH } });
  const restore = ['--no-owner', '--exit-on-error', '-d', target.path, file];
  await promisify(execFile)('pg_restore', restore, { env: { PATH } });
  return target;
}

test('on a restored backup the service knows all messages, sends what waits, and gives out no event id again', async () => {
  const stage = await setStage();
  const [app, sink] = [await stage.app(), await stage.sink()];
  const first = await stage.service();
  const tenant = await addTenant(first, 'shop', { app, server: sink });
  await tenant.handIn(first, mails('sent', 3));
  await tenant.untilAll(first, ({ reported_ts }) => reported_ts !== undefined);
  await first.api('POST', '/commands/suspend?tenant_id=shop');
  await tenant.handIn(first, mails('waiting', 2));
  const copy = await restored(stage);
  await tenant.handIn(first, mails('after-the-backup', 3));
  await first.term();
  const [drawn] = await query(stage.database, 'SELECT MAX(id) AS id FROM events');
  await stage.emptyRedis();

  const second = await stage.service({ GMP_DB_PATH: copy.path });
  await second.api('POST', '/commands/activate?tenant_id=shop');
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
  expect((await tenant.list(second)).map(({ id }) => id).sort()).toEqual(
    ['sent', 'waiting'].flatMap((name) => mails(name, name === 'sent' ? 3 : 2).map(({ id }) => id)).sort(),
  );
  expect(sink.messages.map(({ id }) => id).sort()).toEqual(
    [...mails('sent', 3), ...mails('waiting', 2)].map(({ id }) => id).sort(),
  );
  const idsOf = (name: string) =>
    app.entries.filter(({ id }) => String(id).startsWith(name)).map(({ event_id }) => Number(event_id));
  expect(idsOf('waiting')).toHaveLength(2);
  expect(Math.min(...idsOf('waiting'))).toBeGreaterThan(Number(drawn?.id));
  await second.term();
});

test('a file that exists, and a database that does not, are refused in a sentence', async () => {
  const stage = await setStage();
  if (stage.database.kind !== 'sqlite') return;
  const file = join(folder.path, 'twice.db');
  expect((await backUp(stage.database.path, file)).code).toBe(0);
  expect(await backUp(stage.database.path, file)).toEqual({
    code: 1,
    output: expect.stringContaining(`${file} exists already; name another file`),
  });
  const none = await backUp(join(folder.path, 'none.db'), join(folder.path, 'new.db'));
  expect(none).toEqual({ code: 1, output: expect.stringContaining('does not exist') });
});
