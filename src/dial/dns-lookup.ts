// Looks up host names, so that a name server that does not answer delays only the connections that need it.
import { promises as dns, type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import type { Needs } from '../context.js';

/** The parts of the machine that tests replace. */
export interface DnsLookupParts {
  openResolver(): Pick<dns.Resolver, 'resolve4' | 'resolve6'>;
  /** The system's resolver: two look-ups at a time in the whole process, however long they take. */
  bySystem: LookupFunction;
  hostsFile: string;
}

/** The second try of c-ares waits twice as long, so a name server has 4.5 s in all. */
const patience = { timeout: 1500, tries: 2 };

/** How long the hosts file and the list of name servers are used before they are read again. */
const rereadMs = 5000;

/** If the name server does not answer, the system's resolver would learn no more, and later. */
const silence = new Set(['ETIMEOUT', 'ESERVFAIL']);

/** Names that no name server knows: names without a dot belong to search domains or the machine, `.local` to mDNS. */
const isLocal = (name: string) => !name.replace(/\.$/, '').includes('.') || /\.local(host)?\.?$/i.test(name);

const machine: DnsLookupParts = {
  openResolver: () => new dns.Resolver(patience),
  bySystem: systemLookup,
  hostsFile: '/etc/hosts',
};

/** Replaces `dns.lookup` for `net.connect`. The order of addresses may differ, and a silent name server is an error sooner. */
export function openDnsLookup(
  ctx: Needs<'clock'>,
  { openResolver, bySystem, hostsFile }: DnsLookupParts = machine,
): LookupFunction {
  let readAt = 0;
  let reading: ReturnType<typeof read> | undefined;
  async function read() {
    const hosts = await readFile(hostsFile, 'utf8').catch(() => '');
    return { names: namesIn(hosts), resolver: openResolver() };
  }

  /** Undefined when the system's resolver has to decide. */
  async function find(name: string, family: LookupOptions['family']): Promise<LookupAddress[] | undefined> {
    if (isLocal(name)) return undefined;
    const now = ctx.clock.monotonic();
    if (reading === undefined || now - readAt >= rereadMs) {
      readAt = now;
      reading = read();
    }
    const { names, resolver } = await reading;
    if (names.has(name.toLowerCase())) return undefined;
    const [four, six] = [family !== 6 && family !== 'IPv6', family !== 4 && family !== 'IPv4'];
    const answers = await Promise.allSettled([
      ...(four ? [resolver.resolve4(name).then((found) => found.map(addressOf(4)))] : []),
      ...(six ? [resolver.resolve6(name).then((found) => found.map(addressOf(6)))] : []),
    ]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    const faults = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    const fault = faults.find(({ code }: NodeJS.ErrnoException) => silence.has(code ?? ''));
    if (fault !== undefined) throw fault;
    return undefined;
  }

  return (name, options, callback) => {
    find(name, options.family).then(
      (found) => {
        const [first] = found ?? [];
        if (found === undefined || first === undefined) bySystem(name, options, callback);
        else if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (fault: NodeJS.ErrnoException) => callback(fault, []),
    );
  };
}

const addressOf = (family: 4 | 6) => (address: string) => ({ address, family });

function namesIn(hosts: string): Set<string> {
  const lines = hosts.toLowerCase().split('\n');
  return new Set(lines.flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1)));
}
