// Keeps what a server says within bounds where nodemailer does not: blank lines without end.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

interface Receiver {
  _onData(chunk: Buffer): void;
}

const mostBlankBytes = 64 * 1024;

/**
 * nodemailer bounds a line and a reply of many lines, and ends the connection at a reply that nothing was asked for.
 * Blank lines it keeps in a queue and skips one a turn of the event loop, so a server that sends nothing else fills
 * the memory. Here a chunk passes with one blank line at most, and a connection ends that brings too many in a row.
 * @returns how many chunks with the end of a line have come so far: whether the server is getting anywhere
 */
export function boundReplies(smtp: SMTPConnection): () => number {
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
