// The address a call comes from. Behind trusted proxies, the address that the outermost of them reports.
import { isIP, isIPv6 } from 'node:net';
import type { Context as HttpContext } from 'hono';
import type { ApiEnv } from './authenticate.js';

/** As `callerAddress`, but with the whole IPv6 address. */
export function exactAddress(c: HttpContext<ApiEnv>, proxies: number): string {
  const peer = c.env.incoming.socket.remoteAddress ?? '';
  const forwarded = (c.req.header('x-forwarded-for') ?? '')
    .split(',')
    .map((entry) => withoutPort(entry.trim()));
  const named = proxies === 0 ? undefined : forwarded.at(-Math.min(proxies, forwarded.length));
  const address = named !== undefined && isIP(named) !== 0 ? named : peer;
  return /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
}

/**
 * @param proxies how many proxies in front add to X-Forwarded-For; entries left of theirs may be forged
 * @returns an IPv4 address, or the /64 network of an IPv6 address, because one caller usually owns all of it
 */
export function callerAddress(c: HttpContext<ApiEnv>, proxies: number): string {
  return toNetwork(exactAddress(c, proxies));
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
}

/** The first 64 bits of an IPv6 address, which `::` may abbreviate. */
function toNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [left = '', right] = address.replace(/%.*$/, '').split('::');
  const groups = left === '' ? [] : left.split(':');
  const last = right === undefined || right === '' ? [] : right.split(':');
  // `::` stands for the zeros between. An IPv4 part at the end is never among the first 64 bits.
  const zeros = right === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  const network = [...groups, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
