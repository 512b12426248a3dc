// Answers connections whose bytes never become a request: not HTTP, headers without end, a caller that is too slow.
import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerHeaders } from './answer-headers.js';

/** By the codes of Node's HTTP parser. All others mean that the bytes are not HTTP. */
const statusOf: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Replaces Node's own answers, which have neither a body nor a request id. */
export function answerMalformed(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, answer) => answers.set(socket, answer));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    // In the middle of another answer, the caller would take this one for a part of it.
    const isFree = answer === undefined || !answer.headersSent || answer.writableFinished;
    if (!socket.writable || !isFree) socket.destroy();
    else socket.end(answerText(statusOf[error.code ?? ''] ?? 400));
  });
  // Node would close the connection of a CONNECT without an answer, and answer an Expect without a body.
  server.on('connect', (_request, socket) =>
    socket.end(answerText(405, { Allow: 'GET, HEAD, POST, PUT, DELETE' })),
  );
  server.on('checkExpectation', (_request, answer) => {
    answer.writeHead(417, { ...headersOf(417) }).end(bodyOf(417));
  });
}

function answerText(status: number, more: Record<string, string> = {}): string {
  const headers = { ...headersOf(status), Connection: 'close', ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', bodyOf(status)].join('\r\n');
}

function headersOf(status: number) {
  return {
    ...answerHeaders,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(bodyOf(status))),
    'X-Request-Id': randomUUID(),
  };
}

function bodyOf(status: number): string {
  return JSON.stringify({ detail: STATUS_CODES[status] });
}
