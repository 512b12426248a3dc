// Checks that the IMAP server of the mailbox for bounces answers. The login is the service's own to try.
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { reasonOf } from '../errors.js';
import { type Finding, ok, wrong } from './finding.js';

const patienceMs = 10_000;
const longestGreeting = 1000;

interface Mailbox {
  host: string;
  port: number;
  isTls: boolean;
}

export async function checkMailbox({ host, port, isTls }: Mailbox): Promise<Finding> {
  const check = 'bounce mailbox';
  try {
    const greeting = await greetingOf({ host, port, isTls });
    if (/^\* (OK|PREAUTH)/.test(greeting)) return ok(check, `${host}:${port} answers as IMAP does`);
    return wrong(
      check,
      `${host}:${port} does not answer as IMAP does`,
      'Is the port right, and TLS on or off?',
    );
  } catch (error) {
    const remedy = 'Correct it: mail-proxy config bounce --imap-host HOST --imap-port PORT';
    return wrong(check, `${host}:${port} does not answer: ${reasonOf(error)}`, remedy);
  }
}

function greetingOf({ host, port, isTls }: Mailbox): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = isTls ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
    let text = '';
    const end = (error?: Error) => {
      socket.destroy();
      if (error === undefined) resolve(text);
      else reject(error);
    };
    socket.setTimeout(patienceMs, () => end(new Error('no greeting in time')));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\n') || text.length > longestGreeting) end();
    });
    socket.once('error', end).once('end', () => end());
  });
}
