// Which networks beside the internet may be reached at a tenant's word: what GMP_PRIVATE_NETWORKS says.
import ipaddr from 'ipaddr.js';
import { type Address, isPublic } from './address.js';

type PrivateNetworks = 'deny' | 'allow' | [Address, number][];

/** @returns undefined for a text that is neither `deny`, `allow` nor a list of CIDRs */
export function readPrivateNetworks(text: string): PrivateNetworks | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'deny' || word === 'allow') return word;
  const parts = word.split(',').map((part) => part.trim());
  if (!parts.every((part) => ipaddr.IPv6.isValidCIDR(part) || ipaddr.IPv4.isValidCIDRFourPartDecimal(part))) {
    return undefined;
  }
  return parts.map((part) => ipaddr.parseCIDR(part));
}

export function mayReach(networks: PrivateNetworks, address: Address): boolean {
  if (networks === 'allow' || isPublic(address)) return true;
  if (networks === 'deny') return false;
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}
