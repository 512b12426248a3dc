// One run of a private redis-server: starts it, waits until it answers, and ends it with this process.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Clock } from '../../clock.js';
import { Fault } from '../../errors.js';

interface RedisProcess {
  ended: Promise<void>;
  hasEnded(): boolean;
  /** The last line of its output. */
  lastLine(): string;
  stop(): Promise<void>;
}

/**
 * This shell ends Redis when the pipe from this process closes, so that Redis ends even when this process is killed. Only
 * the end of redis-server interrupts `wait`. The umask keeps the files of Redis to their owner.
 */
const keeper = `umask 077; redis-server "$@" <&- & server=$!
(cat >/dev/null; kill "$server" 2>/dev/null) <&3 &
exec 3<&-; wait "$server"`;

/** @param folder where Redis keeps its append-only file */
export function launchRedis(folder: string, socket: string): RedisProcess {
  const settings = {
    '--port': '0',
    '--unixsocket': socket,
    '--unixsocketperm': '700',
    '--dir': folder,
    '--appendonly': 'yes',
    '--appendfsync': 'everysec',
    '--save': '',
    '--maxmemory-policy': 'noeviction',
  };
  const child = spawn('/bin/sh', ['-c', keeper, 'redis', ...Object.entries(settings).flat()], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A Ctrl-C in the terminal must reach the service only. The service ends Redis after its own work.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    lastLine: () => output.trim().split('\n').at(-1) ?? '',
    async stop() {
      child.stdio[3]?.destroy();
      await ended;
    },
  };
}

/** @throws Fault `redis_unavailable` when the process ends, or is silent for longer than `maxSilentMs` */
export async function waitUntilReady(
  server: RedisProcess,
  socket: string,
  clock: Clock,
  maxSilentMs: number,
): Promise<void> {
  const deadline = clock.now() + maxSilentMs;
  for (;;) {
    const state = await askState(socket);
    if (state === 'ready') return;
    // Redis may take long to load its append-only file, but then it answers that it is loading.
    if (server.hasEnded() || (state === 'silent' && clock.now() > deadline)) {
      const reason = server.lastLine() || 'it said nothing';
      throw new Fault(
        'redis_unavailable',
        `GMP_REDIS_URL is not set and the private redis-server did not start: ${reason}`,
      );
    }
    await clock.sleep(20);
  }
}

/** @returns the state of the Redis on this socket; `silent` when none answers */
export function askState(socket: string): Promise<'ready' | 'loading' | 'silent'> {
  return new Promise((resolve) => {
    const client = connect(socket, () => client.write('PING\r\n'));
    const finish = (state: 'ready' | 'loading' | 'silent') => {
      client.destroy();
      resolve(state);
    };
    client.setTimeout(1000, () => finish('silent'));
    client.once('error', () => finish('silent'));
    client.once('close', () => finish('silent'));
    client.once('data', (data) => finish(data.toString().startsWith('-LOADING') ? 'loading' : 'ready'));
  });
}
