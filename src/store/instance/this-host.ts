// Tells apart hosts, and boots of one host.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Two processes with the same answer see the same process ids: same boot of the same kernel, same namespace. */
export function thisHost(): string {
  const boot = bootId();
  if (boot === undefined) return hostname();
  try {
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Names this boot of this host, on Linux; undefined elsewhere. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
