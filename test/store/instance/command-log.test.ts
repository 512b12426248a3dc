// The log of commands: written a moment later and together, read oldest first page by page, and deleted after its time.
import { beforeEach, expect, test } from 'vitest';
import { type Command, openCommandLog } from '../../../src/store/instance/command-log.js';
import { type CommandFilter, findCommands } from '../../../src/store/instance/find-commands.js';
import { prune } from '../../../src/store/instance/prune.js';
import { freshStore, newYear, type StoreContext } from '../../support/stage/open-store.js';
import { silentLog } from '../../support/stage/silent-log.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore({ GMP_COMMAND_LOG_RETENTION_SECONDS: '60' }));
});

function command(fields: Partial<Command> = {}): Command {
  return {
    at: ctx.clock.now(),
    endpoint: 'suspend',
    method: 'POST',
    path: '/commands/suspend',
    query: '{"tenant_id":"shop"}',
    tenantId: 'shop',
    caller: 'tenant',
    tokenName: 'web',
    address: '127.0.0.1',
    payload: '{"tenant_id":"shop"}',
    status: 200,
    ...fields,
  };
}

async function log(...commands: Command[]): Promise<void> {
  const opened = openCommandLog({ ...ctx, log: silentLog });
  for (const one of commands) opened.add(one);
  await opened.close();
}

const everything = { tenantId: undefined, from: undefined, before: undefined, endpoint: undefined };
const find = (filter: Partial<CommandFilter> = {}) =>
  findCommands(ctx, { ...everything, limit: 1000, after: undefined, ...filter });
const endpoints = async (filter: Partial<CommandFilter>) =>
  (await find(filter)).map(({ endpoint }) => endpoint);

test('a command is read as it was written, with and without its optional fields', async () => {
  const bare = command({ query: null, tenantId: null, caller: 'admin', tokenName: null, payload: '{}' });
  await log(command(), bare);
  expect(await find()).toEqual([
    { ...command(), id: expect.any(Number) },
    { ...bare, id: expect.any(Number) },
  ]);
});

test('flushing makes every command added before readable, even while more are added', async () => {
  const opened = openCommandLog({ ...ctx, log: silentLog });
  opened.add(command({ endpoint: 'first' }));
  const flushed = opened.flush();
  opened.add(command({ endpoint: 'second' }));
  await flushed;
  expect(await endpoints({})).toContain('first');
  await opened.close();
  expect(await endpoints({})).toEqual(['first', 'second']);
});

test('any number of long commands is written in order', async () => {
  const payload = JSON.stringify({ text: 'x'.repeat(60_000) });
  await log(...Array.from({ length: 200 }, (_, i) => command({ endpoint: `e${i}`, payload })));
  expect(await endpoints({})).toEqual(Array.from({ length: 200 }, (_, i) => `e${i}`));
});

test('filters: tenant, time from and before, and part of the name in any case, taken literally', async () => {
  await log(
    command({ endpoint: 'addTenant', tenantId: 'a', at: newYear }),
    command({ endpoint: 'deleteTenant', tenantId: 'b', at: newYear + 1000 }),
    command({ endpoint: 'addAccount', tenantId: 'b', at: newYear + 2000 }),
    command({ endpoint: '100%_!sure', tenantId: null, at: newYear + 3000 }),
  );
  expect(await endpoints({ tenantId: 'b' })).toEqual(['deleteTenant', 'addAccount']);
  expect(await endpoints({ from: newYear + 1000, before: newYear + 3000 })).toEqual([
    'deleteTenant',
    'addAccount',
  ]);
  expect(await endpoints({ endpoint: 'TENANT' })).toEqual(['addTenant', 'deleteTenant']);
  expect(await endpoints({ endpoint: 'add', tenantId: 'b' })).toEqual(['addAccount']);
  for (const part of ['%', '_', '!', '100%_!'])
    expect(await endpoints({ endpoint: part })).toEqual(['100%_!sure']);
});

test('pages follow each other without gap or repetition, also within one millisecond', async () => {
  await log(
    ...Array.from({ length: 25 }, (_, i) => command({ endpoint: `e${i}`, at: newYear + Math.floor(i / 10) })),
  );
  const seen: string[] = [];
  let after: CommandFilter['after'];
  for (let size = 4; size === 4; ) {
    const page = await find({ limit: 4, after });
    seen.push(...page.map(({ endpoint }) => endpoint));
    after = page.at(-1);
    size = page.length;
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `e${i}`));
});

test('commands are deleted after their retention time', async () => {
  await log(
    ...Array.from({ length: 1500 }, () => command()),
    command({ endpoint: 'young', at: newYear + 1 }),
  );
  ctx.clock.at += 59_999;
  expect(await prune(ctx)).toBe(0);
  ctx.clock.at += 1;
  expect(await prune(ctx)).toBe(1500);
  expect(await endpoints({})).toEqual(['young']);
});

test('text that PostgreSQL cannot store loses no other command', async () => {
  await log(
    command({ endpoint: 'first' }),
    command({ path: '/\0', tokenName: '\ud800' }),
    command({ endpoint: 'last' }),
  );
  expect(await endpoints({})).toEqual(['first', 'suspend', 'last']);
});
