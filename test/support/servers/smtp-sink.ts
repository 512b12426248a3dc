// A catch-all SMTP server on loopback that accepts everything, keeps it, and answers otherwise where told to.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { watchChanges } from '../programs/changes.js';
import {
  type ReceivedMessage,
  receivedMessage,
  type SinkSession,
  type SmtpAnswer,
} from './received-message.js';
import {
  certificatePath,
  envelopeOf,
  type SinkProtocol,
  sinkSession,
  smtpServerOptions,
} from './sink-protocol.js';

export type { ReceivedMessage, SinkSession, SmtpAnswer, SmtpReply } from './received-message.js';

/** The certificate authority a client has to trust, e.g. by NODE_EXTRA_CA_CERTS. */
export const testCaPath = certificatePath('ca.pem');

type Answering = SmtpAnswer | Promise<SmtpAnswer>;

/** Each `on…` is asked before the sink replies to that step; it may be asked late: a promise holds the reply back. */
export interface SmtpSinkOptions extends SinkProtocol {
  port?: number;
  /** Pause before the final reply to a message. */
  delayMs?: number;
  /** false: only count, for measurements. */
  keepMessages?: boolean;
  onConnect?: (session: SinkSession) => Answering;
  onAuth?: (user: string, session: SinkSession) => Answering;
  onMail?: (address: string, session: SinkSession) => Answering;
  /** `attempt` counts from 1 how often this address has been offered. */
  onRcpt?: (address: string, attempt: number, session: SinkSession) => Answering;
  /** `n` counts from 1 the messages whose body has arrived. */
  onData?: (message: ReceivedMessage, n: number) => Answering;
}

export interface SmtpSink {
  readonly host: string;
  readonly port: number;
  /** Accepted ones, in the order of their replies. */
  readonly messages: ReceivedMessage[];
  /** Every message whose body arrived, accepted or not. */
  readonly attempts: ReceivedMessage[];
  /** How many were accepted. */
  readonly count: number;
  /** Open now. */
  readonly connections: number;
  readonly connectionsSoFar: number;
  /** Waits until at least n are accepted, or for the predicate, asked after every event. */
  waitFor(
    wanted: number | ((messages: ReceivedMessage[], sink: SmtpSink) => boolean),
    options?: { timeoutMs?: number },
  ): Promise<ReceivedMessage[]>;
  /** Forgets messages and counts; connections stay. */
  clear(): void;
  /** Cuts every connection and stops listening. */
  stop(): Promise<void>;
}

type Reply = (fault?: Error) => void;

const HOST = '127.0.0.1';
const WAIT_MS = 20_000;

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const { auth: account, delayMs = 0, keepMessages = true } = options;
  const messages: ReceivedMessage[] = [];
  const attempts: ReceivedMessage[] = [];
  const offered = new Map<string, number>();
  const sockets = new Map<number | undefined, Socket>(); // by the client's port
  const changes = watchChanges();
  let count = 0;
  let bodies = 0;
  let connectionsSoFar = 0;
  let stopping = false;

  const server: SMTPServer = new SMTPServer({
    ...smtpServerOptions(options),
    onConnect: (session, reply) => decide(options.onConnect?.(sinkSession(session)), session, reply),
    onAuth: ({ username = '', password, validatePassword }, session, reply) => {
      const isPassword = (pass: string) =>
        password === undefined ? validatePassword(pass) : password === pass;
      const right = username === account?.user && isPassword(account.pass);
      const told = options.onAuth?.(username, sinkSession(session));
      decide(
        told ?? (right ? undefined : { code: 535, message: 'wrong user or password' }),
        session,
        (fault) => reply(fault, fault ? undefined : { user: username }),
      );
    },
    onMailFrom: ({ address }, session, reply) =>
      decide(options.onMail?.(address, sinkSession(session)), session, reply),
    onRcptTo: ({ address }, session, reply) => {
      if (!options.onRcpt) return reply();
      const attempt = (offered.get(address) ?? 0) + 1;
      offered.set(address, attempt);
      decide(options.onRcpt(address, attempt, sinkSession(session)), session, reply);
      changes.changed();
    },
    onData: keepMessages || options.onData || delayMs ? receive : countOnly,
    onClose: ({ remotePort }) => forget(remotePort),
  });

  function countOnly(stream: SMTPServerDataStream, _session: SMTPServerSession, reply: Reply): void {
    stream.once('end', () => {
      count++;
      reply();
      changes.changed();
    });
    stream.resume();
  }

  function receive(stream: SMTPServerDataStream, session: SMTPServerSession, reply: Reply): void {
    const chunks: Buffer[] = [];
    stream.on('error', () => {}); // the client went away before the end: no message
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => {
      const message = receivedMessage(envelopeOf(session), Buffer.concat(chunks));
      bodies++;
      if (keepMessages) attempts.push(message);
      const told = options.onData?.(message, bodies);
      changes.changed();
      decide(delayMs ? pause(delayMs).then(() => told) : told, session, reply, (answer) => {
        message.answer = answer ?? 'accepted';
        message.receivedAt = Date.now();
        if (answer === undefined) count++;
        if (answer === undefined && keepMessages) messages.push(message);
        queueMicrotask(changes.changed); // after the reply
      });
    });
  }

  function decide(
    told: Answering,
    session: SMTPServerSession,
    reply: Reply,
    note?: (answer: SmtpAnswer) => void,
  ): void {
    if (told instanceof Promise) {
      told.then((answer) => decide(answer, session, reply, note));
      return;
    }
    if (stopping) return;
    note?.(told);
    if (told === 'drop') cut(session);
    else if (told === undefined) reply();
    else if (told !== 'hang') reply(Object.assign(new Error(told.message), { responseCode: told.code }));
  }

  function cut(session: SMTPServerSession): void {
    for (const connection of server.connections) {
      if (connection.id === session.id) connection._socket.destroy();
    }
  }

  function forget(remotePort: number | undefined): void {
    sockets.delete(remotePort);
    changes.changed();
  }

  server.on('error', () => {}); // a client that goes away or does not trust the certificate is no fault here
  server.server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    connectionsSoFar++;
    socket.once('close', () => forget(remotePort)); // STARTTLS takes this listener away: hence onClose as well
    changes.changed();
  });
  const listening = once(server.server, 'listening');
  server.listen(options.port ?? 0, HOST);
  await listening;
  const { port } = server.server.address() as AddressInfo;

  const sink: SmtpSink = {
    host: HOST,
    port,
    messages,
    attempts,
    get count() {
      return count;
    },
    get connections() {
      return sockets.size;
    },
    get connectionsSoFar() {
      return connectionsSoFar;
    },
    waitFor: async (wanted, { timeoutMs = WAIT_MS } = {}) => {
      const byNumber = typeof wanted === 'number';
      const holds = byNumber ? () => count >= wanted : () => wanted(messages, sink);
      const describe = () => {
        const ids = messages.slice(0, 50).map(({ id, rcptTo }) => id ?? rcptTo.join());
        return `${byNumber ? `${wanted} messages` : 'the wanted messages'}; ${count} came: ${ids.join(' ')}`;
      };
      await changes.until(holds, describe, timeoutMs);
      return messages;
    },
    clear: () => {
      messages.length = 0;
      attempts.length = 0;
      offered.clear();
      count = 0;
      bodies = 0;
    },
    stop: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(resolve));
      for (const connection of server.connections) connection._socket.destroy();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
      await changes.until(
        () => sockets.size === 0,
        () => 'connections to close',
        WAIT_MS,
      );
    },
  };
  return sink;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
