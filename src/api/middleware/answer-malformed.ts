// Answers connections whose bytes never become a request: not HTTP, headers without end, a caller that is too slow.
import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../log.js';
import { answerHeaders } from './answer-headers.js';

/** By the codes of Node's HTTP parser. All others mean that the bytes are not HTTP. */
const statusOf: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Replaces Node's own answers, which have neither a body nor a request id. */
export function answerMalformed(server: Server, log?: Logger): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, answer) => answers.set(socket, answer));
  let told = false;
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    const isTls = beginsTls(error.rawPacket);
    if (isTls && !told) log?.warn({ event: 'http.tls_refused' }, `A caller speaks https: ${noTls}`);
    told ||= isTls;
    const answer = answers.get(socket);
    // In the middle of another answer, the caller would take this one for a part of it.
    const isFree = answer === undefined || !answer.headersSent || answer.writableFinished;
    if (!socket.writable || !isFree) socket.destroy();
    else if (isTls) socket.end(answerText(400, {}, noTls));
    else socket.end(answerText(statusOf[error.code ?? ''] ?? 400));
  });
  // Node would close the connection of a CONNECT without an answer, and answer an Expect without a body.
  server.on('connect', (_request, socket) =>
    socket.end(answerText(405, { Allow: 'GET, HEAD, POST, PUT, DELETE' })),
  );
  server.on('checkExpectation', (_request, answer) => {
    answer.writeHead(417, { ...headersOf(417) }).end(bodyOf(STATUS_CODES[417]));
  });
}

/** A caller that speaks TLS cannot read it, but a person who watches the connection can. */
const noTls = 'this port speaks http; call it with http://, or put a proxy with TLS in front of it';

/** The first bytes of a TLS handshake (RFC 8446 section 5.1). */
function beginsTls(bytes: Buffer | undefined): boolean {
  return bytes?.[0] === 0x16 && bytes[1] === 0x03;
}

function answerText(
  status: number,
  more: Record<string, string> = {},
  detail = STATUS_CODES[status],
): string {
  const headers = { ...headersOf(status, detail), Connection: 'close', ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', bodyOf(detail)].join('\r\n');
}

function headersOf(status: number, detail = STATUS_CODES[status]) {
  return {
    ...answerHeaders,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(bodyOf(detail))),
    'X-Request-Id': randomUUID(),
  };
}

function bodyOf(detail: string | undefined): string {
  return JSON.stringify({ detail });
}
