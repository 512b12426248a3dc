// Bounds what nodemailer collects of a server's replies: blank lines without end, and long refusals of many recipients.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

interface Receiver {
  _onData(chunk: Buffer): void;
}

interface Refuser {
  _envelope: object | undefined;
  _formatError(message: unknown, type: unknown, response: unknown, command: unknown): Error;
}

const mostBlankBytes = 64 * 1024;

/**
 * nodemailer bounds the length of a line and of a reply, and ends the connection at a reply without a command. But it
 * queues blank lines and skips one in each turn of the event loop, so a server that sends nothing else fills the
 * memory. Here a chunk passes with one blank line at most, and too many blank bytes in a row end the connection.
 * @returns how many chunks with a complete line have come so far, which tells whether the server makes progress
 */
export function boundReplies(smtp: SMTPConnection): () => number {
  boundRefusals(smtp);
  const receiver = smtp as unknown as Receiver;
  const receive = receiver._onData.bind(smtp);
  let heard = 0;
  let blankBytes = 0;
  receiver._onData = (chunk) => {
    if (!chunk.includes(0x0a)) return receive(chunk);
    if (isBlank(chunk)) blankBytes += chunk.length;
    else {
      blankBytes = 0;
      heard += 1;
    }
    if (blankBytes <= mostBlankBytes) return receive(withoutBlankLines(chunk));
    smtp.emit('error', new Error('The server sends blank lines without end'));
    smtp.close();
  };
  return () => heard;
}

function isBlank(chunk: Buffer): boolean {
  return chunk.every((byte) => byte === 0x0a || byte === 0x0d);
}

function withoutBlankLines(chunk: Buffer): Buffer {
  if (!chunk.includes('\n\r\n') && !chunk.includes('\n\n')) return chunk;
  return Buffer.from(chunk.toString('latin1').replace(/\n(?:\r?\n)+/g, '\n'), 'latin1');
}

/** More of a refusal is not kept: code and reason come first. */
const mostCharacters = 300;
/** Characters of different refusals of one mail. Of those beyond, the codes are kept. */
const mostOfMail = 64 * 1024;

/**
 * nodemailer makes an error of each refusal, with the reply twice and a stack of calls: 120 MB for 30,000 replies of 950
 * characters. Here these errors have no stack, equal replies share a text, and the texts are bounded.
 */
function boundRefusals(smtp: SMTPConnection): void {
  const refuser = smtp as unknown as Refuser;
  const format = refuser._formatError.bind(smtp);
  let mail: object | undefined;
  let texts = new Map<string, string>();
  let left = mostOfMail;

  function shorten(reply: string): string {
    if (refuser._envelope !== mail) {
      mail = refuser._envelope;
      texts = new Map();
      left = mostOfMail;
    }
    const beginning = reply.slice(0, mostCharacters);
    const known = texts.get(beginning);
    if (known !== undefined) return known;
    const codes = /^\d{3}(?:[ -][245]\.\d{1,3}\.\d{1,3}\b)?/.exec(beginning)?.[0] ?? '';
    const kept = beginning.length <= left ? beginning : codes;
    const shared = texts.get(kept) ?? copyOf(kept);
    if (!texts.has(kept)) left -= kept.length;
    texts.set(kept, shared);
    return shared;
  }

  refuser._formatError = (message, type, response, command) => {
    if (command !== 'RCPT TO' || typeof response !== 'string')
      return format(message, type, response, command);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return format(message, type, shorten(response), command);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/** A part of a text would keep the whole in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
