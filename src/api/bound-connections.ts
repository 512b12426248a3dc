// Bounds the connections to the HTTP API, overall and for each address, and ends those that do not read their answer.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { openCounts } from '../concurrency/counts.js';
import type { Config } from '../config.js';

/** A caller has to take this much of its answers in this time, or all that is left of them. */
const leastBytes = 256 * 1024;
const readWithinMs = 30_000;

const checkMs = 1000;

type Bounds = Pick<Config, 'maxConnections' | 'maxConnectionsPerAddress'>;

/** A connection over the bound is closed at once: an answer would need memory, too. */
export function boundConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress }: Bounds,
  clock: Pick<Clock, 'every' | 'monotonic'>,
): void {
  const open = new Map<Socket, Reading>();
  const byAddress = openCounts();

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (open.size >= maxConnections || byAddress.count(address) >= maxConnectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(socket, { since: 0, taken: 0 });
    const end = byAddress.begin(address);
    socket.once('close', () => {
      open.delete(socket);
      end();
    });
  });

  const stop = clock.every(checkMs, () => {
    const now = clock.monotonic();
    for (const [socket, reading] of open) if (isTooSlow(socket, reading, now)) socket.destroy();
  });
  server.once('close', stop);
}

interface Reading {
  /** When the caller last had nothing to read, or had taken `leastBytes`. */
  since: number;
  /** The bytes that it had taken then. */
  taken: number;
}

/** Large answers are written in pieces, so the bytes written tell how many the caller has taken. */
function isTooSlow(socket: Socket, reading: Reading, now: number): boolean {
  const taken = socket.bytesWritten - socket.writableLength;
  if (socket.writableLength === 0 || taken - reading.taken >= leastBytes) {
    reading.since = now;
    reading.taken = taken;
    return false;
  }
  return now - reading.since >= readWithinMs;
}
