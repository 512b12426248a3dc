// Finds the name by which the service introduces itself to a mail server in EHLO and HELO.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { addressLiteral, isEhloName } from '../../../domain/ehlo-name.js';

interface NameNeeds {
  config: { smtpEhloName: string | undefined };
  /** The machine's fully qualified name; undefined where it has none. */
  machineName: string | undefined;
}

/**
 * The name of the account, or else of the installation, or else of the machine. Without any, the address literal of our end
 * of the connection, because a bare host name is refused by many servers (RFC 5321 section 4.1.3).
 */
export function clientName(
  { config, machineName }: NameNeeds,
  ehloName: string | undefined,
  localAddress = '127.0.0.1',
): string {
  return ehloName ?? config.smtpEhloName ?? machineName ?? addressLiteral(localAddress);
}

/** As `hostname -f` says it, without asking a name server. */
export function readMachineName(): string | undefined {
  return fullNameOf(hostname(), readHosts());
}

/** @param hosts the text of the hosts file */
export function fullNameOf(host: string, hosts: string): string | undefined {
  if (isUsable(host)) return host;
  for (const line of hosts.split('\n')) {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.some((name) => name.toLowerCase() === host.toLowerCase())) {
      const found = names.find(isUsable);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Every machine calls itself `localhost.localdomain`, so that name says nothing. */
function isUsable(name: string): boolean {
  return isEhloName(name) && !/^localhost\./i.test(name);
}

function readHosts(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch {
    return '';
  }
}
