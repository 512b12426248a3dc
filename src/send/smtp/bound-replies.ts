// Ends a connection whose server sends blank lines without end, which nodemailer would collect.
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

interface Receiver {
  _onData(chunk: Buffer): void;
}

const mostBlankBytes = 64 * 1024;

/**
 * nodemailer bounds the length of a line and of a reply, and ends the connection at a reply without a command. But it
 * queues blank lines and skips one in each turn of the event loop, so a server that sends nothing else fills the
 * memory. Here a chunk passes with one blank line at most, and too many blank bytes in a row end the connection.
 * @returns how many chunks with a complete line have come so far, which tells whether the server makes progress
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
