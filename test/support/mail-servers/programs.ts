// Says where the programs of real mail servers are, and starts one of them as a server on a free port.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { type ChildOptions, startChild } from '../programs/child.js';
import { waitFor } from '../programs/wait-for.js';

/** scripts/mail-servers.mjs unpacks them here. */
const unpacked = '/var/cache/mail-proxy-tests';

export const postfixRoot = `${unpacked}/postfix`;
export const eximRoot = `${unpacked}/exim4-daemon-light`;
export const dovecotProgram = '/usr/sbin/dovecot';

const isRoot = process.getuid?.() === 0;
export const hasDovecot = isRoot && existsSync('/usr/lib/dovecot/submission');
export const hasDovecotImap = hasDovecot && existsSync('/usr/lib/dovecot/imap');
/** Postfix asks Dovecot about logins. */
export const hasPostfix = hasDovecot && existsSync(postfixRoot);
export const hasExim = isRoot && existsSync(eximRoot) && idOf('-u', 'Debian-exim') !== undefined;

export interface MailServer {
  host: string;
  port: number;
  stop(): Promise<void>;
}

/** A copy of a mail as the server delivered it. */
export interface Delivered {
  recipient: string;
  raw: Buffer;
}

const startMs = 20_000;
const stopMs = 5000;

export async function startServer(
  command: string,
  args: string[],
  port: number,
  options: ChildOptions = {},
): Promise<MailServer> {
  const host = '127.0.0.1';
  // A session of its own: a server's helpers end with it, and not when they have been idle for long enough.
  const child = startChild('setsid', [command, ...args], { lastSignal: 'SIGTERM', ...options });
  const stop = async () => {
    if (child.running) process.kill(-child.pid, 'SIGTERM');
    await child.end('SIGTERM', stopMs);
  };
  try {
    await waitFor(`${command} to greet on port ${port}`, () => !child.running || greets(host, port), {
      timeoutMs: startMs,
    });
    if (!child.running) throw new Error(`${command} ended`);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${child.output()}`);
  }
  return { host, port, stop };
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(5000, () => done(false));
    socket.once('data', () => done(true)).once('error', () => done(false));
  });
}

export function idOf(flag: '-u' | '-g', user: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}
