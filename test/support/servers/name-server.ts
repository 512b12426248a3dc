// A name server on UDP that answers for some names as told, with addresses or texts, says of others that they are not there, and is silent for some.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** Addresses of both families, texts (TXT), or what goes wrong. */
export type NameAnswer = string[] | { txt: string[] } | 'silence' | 'SERVFAIL' | 'REFUSED' | 'NXDOMAIN';

export interface NameServer {
  /** As a resolver takes it. */
  readonly address: string;
  /** Every question so far, such as `A app.test`. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const codes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const kinds = new Map([
  [1, 'A'],
  [28, 'AAAA'],
  [16, 'TXT'],
]);
const headBytes = 12;

export async function startNameServer(answer: (name: string) => NameAnswer): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, kind, end } = readQuestion(query);
    asked.push(`${kind} ${name}`);
    const said = answer(name);
    if (said === 'silence') return;
    const records = recordsOf(said, kind);
    const head = Buffer.alloc(headBytes);
    query.copy(head, 0, 0, 2);
    // An answer, recursion desired and available.
    head.writeUInt16BE(0x8180 | (typeof said === 'string' ? codes[said] : 0), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([head, query.subarray(headBytes, end), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer): { name: string; kind: string; end: number } {
  const labels: string[] = [];
  let at = headBytes;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.'), kind: kinds.get(query.readUInt16BE(at + 1)) ?? 'other', end: at + 5 };
}

function recordsOf(said: NameAnswer, kind: string): Buffer[] {
  if (typeof said === 'string') return [];
  if (!Array.isArray(said)) {
    return kind !== 'TXT' ? [] : said.txt.map((text) => toRecord(16, [text.length, ...Buffer.from(text)]));
  }
  const [four, six] = [kind === 'A', kind === 'AAAA'];
  return said.flatMap((one) => {
    if (isIPv4(one)) return four ? [toRecord(1, one.split('.').map(Number))] : [];
    return six ? [toRecord(28, sixBytes(one))] : [];
  });
}

/** For the name of the question, good for an hour. */
function toRecord(type: number, bytes: number[]): Buffer {
  return Buffer.from([0xc0, headBytes, 0, type, 0, 1, 0, 0, 0x0e, 0x10, 0, bytes.length, ...bytes]);
}

/** Of an address with `::` in it. */
function sixBytes(address: string): number[] {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}
