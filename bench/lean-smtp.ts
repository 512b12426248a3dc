// An SMTP server that takes every mail and costs next to nothing. On two cores a server that parses mails, and keeps each
// greeting back for 100 ms, would be the bound of a benchmark.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

interface LeanSmtp {
  readonly port: number;
}

interface Options {
  /** Pause before the reply to a mail. */
  delayMs?: number;
  /** Called when a mail has arrived, with the end of its X-Genro-Mail-ID. */
  onMail(id: string): void;
}

const capabilities = ['lean.test', 'PIPELINING', '8BITMIME', 'SMTPUTF8'].map((name) => `250-${name}\r\n`);
const idHeader = 'X-Genro-Mail-ID: ';

/** A longer body is dropped while it comes, because each look for its end would read all of it. */
const mostKept = 64 * 1024;

export async function startLeanSmtp(options: Options): Promise<LeanSmtp> {
  const server = createServer({ noDelay: true }, (socket) => converse(socket, options));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

function converse(socket: Socket, { delayMs = 0, onMail }: Options): void {
  let rest = '';
  let inBody = false;
  /** Of the body under way, once a part of it was dropped. */
  let idOfDropped: string | undefined;

  /** @returns the reply to a command */
  function answer(line: string): string {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return `${capabilities.join('')}250 SIZE 104857600\r\n`;
    if (verb === 'DATA') {
      inBody = true;
      return '354 Go ahead\r\n';
    }
    return verb === 'QUIT' ? '221 Bye\r\n' : '250 2.0.0 Ok\r\n';
  }

  /** @returns whether the body is complete */
  function takeBody(): boolean {
    const isStart = idOfDropped === undefined;
    const end = isStart && rest.startsWith('.\r\n') ? 0 : rest.indexOf('\r\n.\r\n') + 2;
    if (end === 1) {
      if (rest.length > mostKept) {
        idOfDropped ??= idIn(rest);
        rest = rest.slice(-4);
      }
      return false;
    }
    const id = idOfDropped ?? idIn(rest.slice(0, end));
    idOfDropped = undefined;
    rest = rest.slice(end + 3);
    inBody = false;
    const reply = () => {
      onMail(id);
      socket.write('250 2.0.0 Ok: queued\r\n');
    };
    if (delayMs > 0) setTimeout(reply, delayMs);
    else reply();
    return true;
  }

  socket.on('error', () => {}); // a client that goes away is no fault here
  socket.write('220 lean.test ESMTP\r\n');
  socket.setEncoding('latin1').on('data', (text: string) => {
    rest += text;
    let replies = '';
    for (;;) {
      if (inBody) {
        if (!takeBody()) break;
        continue;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0) break;
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      replies += answer(line);
      if (line.toUpperCase() === 'QUIT') socket.end(replies);
    }
    if (replies !== '' && socket.writable) socket.write(replies);
  });
}

function idIn(mail: string): string {
  const at = mail.indexOf(idHeader);
  return at < 0 ? '' : mail.slice(at + idHeader.length, mail.indexOf('\r\n', at));
}
