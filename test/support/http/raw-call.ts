// Calls made of bytes, so that they can be malformed, cut off or slow.
import { connect, type Socket } from 'node:net';
import { waitFor } from '../programs/wait-for.js';

const TIMEOUT_MS = 20_000;

export interface RawCall {
  send(bytes: string | Buffer): void;
  /** What was answered so far. */
  answer(): string;
  /** Resolves when the answer matches. */
  answered(pattern: RegExp): Promise<string>;
  /** Resolves with the whole answer once the other side has closed the connection. */
  closed: Promise<string>;
  /** Cuts the connection. */
  cut(): void;
}

export function openRawCall(port: number): RawCall {
  let answer = '';
  const socket: Socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  const closed = new Promise<string>((resolve, reject) => {
    socket.on('close', () => resolve(answer)).on('error', reject);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no end of the answer: ${answer}`)));
  });
  // Whoever cuts the connection does not wait for its end.
  closed.catch(() => {});
  return {
    send: (bytes) => void socket.write(bytes),
    answer: () => answer,
    answered: (pattern) =>
      waitFor(`an answer like ${pattern}`, () => (pattern.test(answer) ? answer : false)),
    closed,
    cut: () => void socket.destroy(),
  };
}

/** Sends bytes as they are and returns the whole answer. */
export function rawCall(port: number, bytes: string): Promise<string> {
  const call = openRawCall(port);
  call.send(bytes);
  return call.closed;
}
