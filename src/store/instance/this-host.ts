// Names this host, so that hosts and boots of one host can be told apart.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Processes with the same answer share their process ids: same boot of the same kernel, same PID namespace. */
export function thisHost(): string {
  // The name alone is not enough: a host that restarted has given its process ids to other processes.
  const boot = bootId();
  if (boot === undefined) return hostname();
  try {
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** The kernel's id of this boot, on Linux; undefined elsewhere. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
