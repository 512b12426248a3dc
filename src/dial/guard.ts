// Says whether the service may connect to a destination that a tenant named, by its port and by each address of its host.
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Needs } from '../context.js';
import { readAddress } from './address.js';
import { hasPort } from './port-list.js';
import { mayReach } from './private-networks.js';

export interface Destination {
  protocol: 'smtp' | 'imap' | 'http';
  /** A name, or an address without brackets. */
  host: string;
  port: number;
  /** Whether the operator or the admin named it. Then it may be anywhere. */
  isTrusted: boolean;
}

/** Why there is no connection, in sentences for tenants: they name the setting that opens, and no address. */
const sentences = {
  EPRIVATE: 'The address is in a private network, which GMP_PRIVATE_NETWORKS does not open',
  ESMTPPORT: 'The port is not one of GMP_TENANT_SMTP_PORTS',
  EIMAPPORT: 'The port is not one of GMP_TENANT_IMAP_PORTS',
  EHTTPPORT: 'The port is not one of GMP_TENANT_HTTP_PORTS',
};

class DestinationRefused extends Error {
  readonly code: keyof typeof sentences;

  constructor(code: keyof typeof sentences) {
    super(sentences[code]);
    this.name = 'DestinationRefused';
    this.code = code;
  }
}

/** The sentence for a code of `DestinationRefused`; undefined for any other code. */
export function refusalOf(code: string): string | undefined {
  return Object.entries(sentences).find(([known]) => known === code)?.[1];
}

/**
 * What can be checked before a look-up. `net.connect` looks up no host that is an address already, so addresses are checked
 * here; `guardLookup` checks those of names.
 * @throws DestinationRefused
 */
export function checkDestination({ config }: Needs<'config'>, destination: Destination): void {
  const { protocol, host, port, isTrusted } = destination;
  if (isTrusted) return;
  const [ports, code] = {
    smtp: [config.tenantSmtpPorts, 'ESMTPPORT'] as const,
    imap: [config.tenantImapPorts, 'EIMAPPORT'] as const,
    http: [config.tenantHttpPorts, 'EHTTPPORT'] as const,
  }[protocol];
  if (!hasPort(ports, port)) throw new DestinationRefused(code);
  if (isPrivate({ config }, host)) throw new DestinationRefused('EPRIVATE');
}

/** Whether a host is, without a look-up, in a network that is not open to tenants. */
function isPrivate({ config }: Needs<'config'>, host: string): boolean {
  const addresses = isLoopbackName(host) ? loopback : [host];
  const known = addresses.flatMap((text) => readAddress(text) ?? []);
  return known.length > 0 && !known.some((address) => mayReach(config.privateNetworks, address));
}

/**
 * As far as it can be told without a look-up, also of spellings such as `127.1`, which the system takes for an address.
 * @returns why a mail server that a tenant named may not be reached
 */
export function whyPrivate(ctx: Needs<'config'>, host: string): string | undefined {
  const asUrl = `http://${host}`;
  const address = isIP(host) === 0 && URL.canParse(asUrl) ? new URL(asUrl).hostname : host;
  return isPrivate(ctx, address) ? sentences.EPRIVATE : undefined;
}

const loopback = ['127.0.0.1', '::1'];

/** Such a name is not looked up anywhere else (RFC 6761 section 6.3). */
function isLoopbackName(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host);
}

/**
 * A look-up that passes on the addresses which may be reached. The connection goes to one of these and the name is not
 * looked up again, so a name server that answers differently the next time gains nothing. Spellings such as `127.1`, which
 * are no addresses to `net.isIP`, are names too and go through here.
 */
export function guardLookup({ config }: Needs<'config'>, lookup: LookupFunction): LookupFunction {
  const mayUse = (text: string) => {
    const address = readAddress(text);
    return address !== undefined && mayReach(config.privateNetworks, address);
  };
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (fault, found) => {
      if (fault) return callback(fault, []);
      // With `all`, every look-up answers a list.
      const usable = (found as LookupAddress[]).filter(({ address }) => mayUse(address));
      const [first] = usable;
      if (first === undefined) callback(new DestinationRefused('EPRIVATE'), []);
      else if (options.all) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
}
