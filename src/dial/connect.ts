// Opens a TCP connection to a mail server, in bounded time, and for a tenant's server only where the guard allows it.
import type { LookupAddress } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Needs } from '../context.js';
import { checkDestination, type Destination, guardLookup } from './guard.js';

/** How long one of several addresses is waited for, where a broken IPv6 network may be the reason (RFC 8305 section 5). */
const patienceWithFamilyMs = 250;

/**
 * @param ms in which the connection should be there; addresses of one family share it
 * @param cut ends the attempt with its reason
 * @throws DestinationRefused, or the error of the system or of the look-up
 */
export async function connectTo(
  ctx: Needs<'config'>,
  lookup: LookupFunction,
  destination: Destination,
  { ms, cut }: { ms: number; cut: AbortSignal },
): Promise<Socket> {
  checkDestination(ctx, destination);
  const { host, port, isTrusted } = destination;
  const guarded = isTrusted ? lookup : guardLookup(ctx, lookup);
  const found = isIP(host) === 0 ? await endedBy(cut, findAll(guarded, host)) : [];
  const families = new Set(found.map(({ family }) => family));
  const socket = connect({
    host,
    port,
    lookup: (_name, _options, callback) => callback(null, found),
    autoSelectFamilyAttemptTimeout:
      families.size > 1 ? patienceWithFamilyMs : Math.ceil(ms / (found.length || 1)),
  });
  // An error may come before the connection's user listens, and must not end the process.
  socket.on('error', () => {});
  try {
    await endedBy(
      cut,
      new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    );
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function findAll(lookup: LookupFunction, host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) =>
    lookup(host, { all: true }, (fault, found) =>
      fault ? reject(fault) : resolve(found as LookupAddress[]),
    ),
  );
}

function endedBy<T>(cut: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(cut.reason as Error);
    if (cut.aborted) end();
    cut.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => cut.removeEventListener('abort', end));
  });
}
