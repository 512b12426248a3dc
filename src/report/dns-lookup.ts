// Looks up the names of applications, so that name servers that do not answer for some hold up the reports of nobody else.
import { promises as dns, type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import type { Needs } from '../context.js';

/** What stands in for the machine's own in tests. */
export interface DnsLookupParts {
  openResolver(): Pick<dns.Resolver, 'resolve4' | 'resolve6'>;
  /** By the system's resolver: two at a time in the whole process, however long they take. */
  bySystem: LookupFunction;
  hostsFile: string;
}

/** The second try of c-ares waits twice as long: 4.5 s for a name server in all. */
const patience = { timeout: 1500, tries: 2 };

/** After this the hosts file and the list of name servers are read again. */
const keepMs = 5000;

/** Of a name whose server does not answer, the system would find out no more, and late. */
const silence = new Set(['ETIMEOUT', 'ESERVFAIL']);

/** Names without a dot belong to the search domains or the machine, `.local` to mDNS: no name server is to be asked. */
const isNear = (name: string) => !name.replace(/\.$/, '').includes('.') || /\.local(host)?\.?$/i.test(name);

const machine: DnsLookupParts = {
  openResolver: () => new dns.Resolver(patience),
  bySystem: systemLookup,
  hostsFile: '/etc/hosts',
};

/** To be given to `net.connect` in place of `dns.lookup`, and the same but for the order of addresses and for silence. */
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

  /** Undefined: that is for the system to say. */
  async function find(name: string, family: LookupOptions['family']): Promise<LookupAddress[] | undefined> {
    if (isNear(name)) return undefined;
    const now = ctx.clock.monotonic();
    if (reading === undefined || now - readAt >= keepMs) {
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
