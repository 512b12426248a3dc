// Processes count as dead after too long without a heartbeat, and on this host as soon as they no longer run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { findDeadProcesses } from '../../../src/store/instance/dead-processes.js';
import { registerProcess, removeProcess, sendHeartbeat } from '../../../src/store/instance/heartbeat.js';
import { asProcess, freshStore, type StoreContext } from '../../support/stage/open-store.js';

const timeoutMs = 30_000;

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore({ GMP_PROCESS_TIMEOUT_SECONDS: '30' }));
  await registerProcess(ctx, '1.0');
});

/** Registers a process of another host, or with the given process id. */
async function addProcess(id: string, fields: { host?: string; pid?: number }): Promise<StoreContext> {
  const process = asProcess(ctx, id);
  await registerProcess(process, '1.0');
  await ctx.db.writeModels((models) => [models.process.update({ where: { id }, data: fields })]);
  return process;
}

/** The id of a process that has just ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('a process of another host is dead after the time-out, and not before', async () => {
  await addProcess('far', { host: 'elsewhere', pid: await endedPid() });
  ctx.clock.at += timeoutMs;
  expect(await findDeadProcesses(ctx)).toEqual([]);
  ctx.clock.at += 1;
  expect(await findDeadProcesses(ctx)).toEqual(['far']);
});

test('a heartbeat begins the time-out anew', async () => {
  const far = await addProcess('far', { host: 'elsewhere' });
  ctx.clock.at += timeoutMs;
  await sendHeartbeat(far, '1.0');
  ctx.clock.at += timeoutMs;
  expect(await findDeadProcesses(ctx)).toEqual([]);
});

test('the time-out of a process of this host runs on the monotonic clock, wherever the wall clock is set', async () => {
  let monotonic = 1_000_000;
  ctx.clock.monotonic = () => monotonic;
  const near = await addProcess('near', { pid: process.ppid });
  ctx.clock.at += 3_600_000;
  expect(await findDeadProcesses(ctx)).toEqual([]);
  ctx.clock.at -= 2 * 3_600_000;
  monotonic += timeoutMs;
  expect(await findDeadProcesses(ctx)).toEqual([]);
  monotonic += 1;
  expect(await findDeadProcesses(ctx)).toEqual(['near']);
  await sendHeartbeat(near, '1.0');
  expect(await findDeadProcesses(ctx)).toEqual([]);
});

test('a process of this host that no longer runs is dead at once', async () => {
  await addProcess('ended', { pid: await endedPid() });
  expect(await findDeadProcesses(ctx)).toEqual(['ended']);
});

test('a process of this host that runs is not dead; an earlier one with our own process id is', async () => {
  await addProcess('running', { pid: process.ppid });
  await addProcess('earlier', { pid: process.pid });
  expect(await findDeadProcesses(ctx)).toEqual(['earlier']);
});

test('a process never takes itself for dead, however old its heartbeat is', async () => {
  ctx.clock.at += 86_400_000;
  expect(await findDeadProcesses(ctx)).toEqual([]);
});

test('a process that was taken for dead registers itself again', async () => {
  const far = await addProcess('far', { host: 'elsewhere' });
  await removeProcess(far);
  await sendHeartbeat(far, '1.1');
  const ids = await ctx.db.read.process.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
  expect(ids).toEqual([{ id: 'far' }, { id: 'process-1' }]);
});
