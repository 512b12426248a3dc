// Reads IP addresses, sees through the IPv6 forms that lead to an IPv4 address, and says which are public.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Networks of addresses with an IPv4 address in them, and the byte at which that begins. A packet may end up there. */
const carriers = [
  // IPv4-mapped, RFC 4291 section 2.5.5.2; the kernel connects to the IPv4 address.
  { network: '::ffff:0:0/96', at: 12 },
  // IPv4-translated, RFC 7915 section 1.2.
  { network: '::ffff:0:0:0/96', at: 12 },
  // NAT64, RFC 6052 section 2.1.
  { network: '64:ff9b::/96', at: 12 },
  // 6to4, RFC 3056 section 2.
  { network: '2002::/16', at: 2 },
].map(({ network, at }) => ({ network: ipaddr.IPv6.parseCIDR(network), at }));

/** The addresses that IANA gives out for use in the internet. All others are local, reserved, or tunnels such as Teredo. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Azure's WireServer: in the range of public addresses, but it serves keys and settings to the machine that asks. */
const notPublic = '168.63.129.16';

/** The address that packets go to; undefined for a text that is no address as `net.isIP` knows them. */
export function readAddress(text: string): Address | undefined {
  if (isIP(text) === 0) return undefined;
  const address = ipaddr.parse(text);
  if (!isSix(address)) return address;
  const carrier = carriers.find(({ network }) => address.match(network));
  if (carrier === undefined) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(carrier.at, carrier.at + 4));
}

/** Whether the address is public. A tenant gains nothing by reaching it through this service. */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return isSix(address) ? address.match(globalUnicast) : address.toString() !== notPublic;
}

function isSix(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}
