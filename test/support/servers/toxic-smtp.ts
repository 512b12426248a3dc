// An SMTP server on loopback that behaves up to one step, and there does what no server should.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { watchChanges } from '../programs/changes.js';

/** `body`: when some of it has come; `end`: after the dot that ends it. */
export type ToxicStep =
  | 'greeting'
  | 'EHLO'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'body'
  | 'end'
  | 'RSET'
  | 'QUIT';

/** `drip`: bytes one by one, no line ever ends. `hang`: not even reading. A reply is what it says, `close` whether it then goes. */
export type Poison =
  | 'hang'
  | 'close'
  | 'drip'
  | 'endless line'
  | 'endless reply'
  | 'blank lines'
  | 'garbage'
  | { reply: string; close?: boolean };

export interface ToxicSmtp {
  readonly host: string;
  readonly port: number;
  /** Open now. */
  readonly connections: number;
  readonly connectionsSoFar: number;
  /** Every line but those of bodies, in the order they came. */
  readonly commands: string[];
  /** Bytes sent so far. */
  readonly sent: number;
  /** Waits until nobody is connected any more. */
  untilAlone(): Promise<void>;
  stop(): Promise<void>;
}

const ehlo = ['250-toxic.test', '250-PIPELINING', '250-AUTH PLAIN LOGIN', '250-SIZE 100000000'];
const dripMs = 20;

/** @param isDue whether it does so on this connection, counted from 1, after so many mails on it; a recipient called `never` is refused */
export async function startToxicSmtp(
  at: ToxicStep,
  poison: Poison,
  isDue: (connection: number, mails: number) => boolean = () => true,
): Promise<ToxicSmtp> {
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const changes = watchChanges();
  let connectionsSoFar = 0;
  let sent = 0;

  const server = createServer((socket) => {
    connectionsSoFar += 1;
    sockets.add(socket);
    socket.on('error', () => {}); // a client that has had enough is no fault here
    socket.once('close', () => {
      sockets.delete(socket);
      changes.changed();
    });
    converse(socket);
  });

  function say(socket: Socket, text: string): boolean {
    sent += text.length;
    return socket.write(text, 'latin1');
  }

  function converse(socket: Socket): void {
    const connection = connectionsSoFar;
    let mails = 0;
    let rest = '';
    let inBody = false;
    const harms = (step: ToxicStep) => step === at && isDue(connection, mails);
    let spoilt = false;
    const answer = (step: ToxicStep, reply: string) => {
      if (spoilt) return;
      spoilt = harms(step) && harm(socket);
      if (!harms(step)) say(socket, `${reply}\r\n`);
    };
    answer('greeting', '220 toxic.test ESMTP');
    socket.setEncoding('latin1').on('data', (text: string) => {
      rest += text;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (inBody && line !== '.') continue;
        if (inBody) {
          inBody = false;
          answer('end', '250 2.0.0 Ok: queued');
          mails += 1;
          continue;
        }
        commands.push(line);
        const verb = line.split(' ')[0]?.toUpperCase() ?? '';
        answer(verb as ToxicStep, replyTo(verb, line));
        if (verb === 'QUIT' && at !== 'QUIT') socket.end();
        inBody = verb === 'DATA' && !harms('DATA');
      }
      if (inBody && rest !== '') spoilt ||= harms('body') && harm(socket);
    });
  }

  function replyTo(verb: string, line: string): string {
    if (verb === 'EHLO') return [...ehlo, at === 'STARTTLS' ? '250 STARTTLS' : '250 HELP'].join('\r\n');
    if (verb === 'AUTH') return '235 2.7.0 Accepted';
    if (verb === 'DATA') return '354 Go ahead';
    if (verb === 'QUIT') return '221 Bye';
    return line.startsWith('RCPT TO:<never') ? '550 5.1.1 No such user' : '250 2.1.0 Ok';
  }

  /** @returns whether that is all this connection ever says */
  function harm(socket: Socket): boolean {
    if (typeof poison === 'object') {
      say(socket, `${poison.reply}\r\n`);
      if (poison.close) socket.end();
      return poison.close ?? false;
    }
    if (poison === 'garbage') {
      say(socket, '\u0000\u00ff\u0016nonsense\r\n');
      return false;
    }
    if (poison === 'close') socket.destroy();
    else if (poison === 'hang') socket.pause();
    else if (poison === 'drip') drip(socket);
    else if (poison === 'endless line') flood(socket, '250 '.padEnd(65_536, 'x'), 'x'.repeat(65_536));
    else if (poison === 'endless reply') flood(socket, '250-x\r\n'.repeat(9000));
    else if (poison === 'blank lines') flood(socket, '\r\n'.repeat(32_768));
    return true;
  }

  function drip(socket: Socket): void {
    const timer = setInterval(() => say(socket, '2'), dripMs);
    socket.once('close', () => clearInterval(timer));
  }

  function flood(socket: Socket, first: string, then = first): void {
    let more = say(socket, first);
    const on = () => {
      while (more && !socket.destroyed) more = say(socket, then);
      more = true;
      socket.once('drain', on);
    };
    on();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    commands,
    get connections() {
      return sockets.size;
    },
    get connectionsSoFar() {
      return connectionsSoFar;
    },
    get sent() {
      return sent;
    },
    untilAlone: () => {
      // Who does not read does not see the other side go.
      for (const socket of sockets) socket.resume();
      return changes.until(
        () => sockets.size === 0,
        () => `${sockets.size} connections to close`,
        20_000,
      );
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
