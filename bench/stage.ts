// Sets the stage of the benchmarks beside main.ts: a service on durable servers of its own, and what its process costs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { startPostgres } from '../test/support/servers/postgres.js';
import { startRedis } from '../test/support/servers/redis.js';
import { openStage, type Stage } from '../test/support/stage/set-stage.js';

export type BenchStage = Stage & { end(): Promise<void> };

/** @param kind sqlite or postgresql */
export async function layStage(kind: string): Promise<BenchStage> {
  const folder = await tempFolder('mail-proxy-bench');
  const postgres = kind === 'postgresql' ? await startPostgres({ durable: true }) : undefined;
  const stage = await openStage({
    database: {
      kind: postgres ? 'postgresql' : 'sqlite',
      path: postgres ? await postgres.createDatabase('bench') : join(folder.path, 'mail_service.db'),
      drop: folder.remove,
    },
    redis: await startRedis(),
  });
  return {
    ...stage,
    async end() {
      await stage.remove();
      await postgres?.stop();
    },
  };
}

/** Resident memory now and at most so far, in MB (proc(5)). */
export function memory(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) =>
    Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
}

/** How many files and sockets the process has open (proc(5)). */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Milliseconds of processor time, user and system, so far (proc(5)). */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export interface RedisLoad {
  connections: number;
  commands: number;
  /** How often each command was called so far. */
  calls: Map<string, number>;
}

export async function redisLoad(url: string): Promise<RedisLoad> {
  const redis = new Redis(url);
  try {
    const stats = await redis.info('commandstats');
    const calls = new Map(
      [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name = '', n]) => [name, Number(n)]),
    );
    const list = String(await redis.client('LIST'));
    const commands = [...calls.values()].reduce((sum, n) => sum + n, 0);
    return { connections: list.trim().split('\n').length - 1, commands, calls };
  } finally {
    redis.disconnect();
  }
}

/** What the service costs while it has nothing to do for `ms`. */
export async function idleCost(pid: number, redisUrl: string, ms: number) {
  const [before, cpuBefore] = [await redisLoad(redisUrl), processorMs(pid)];
  await pause(ms);
  const [after, cpuAfter] = [await redisLoad(redisUrl), processorMs(pid)];
  return {
    connections: after.connections,
    commandsPerSecond: Math.round(((after.commands - before.commands) / ms) * 1000),
    cpuPercent: Math.round(((cpuAfter - cpuBefore) / ms) * 1000) / 10,
    residentMb: memory(pid).now,
  };
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `task` for 0 to `n` - 1, `atOnce` at a time. */
export async function each(n: number, atOnce: number, task: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < n) await task(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
