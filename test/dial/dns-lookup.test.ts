// Silent name servers do not delay the look-up of other names; names that no name server knows go to the system.
import { promises as dns, type LookupAddress, type LookupOptions } from 'node:dns';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { type DnsLookupParts, openDnsLookup } from '../../src/dial/dns-lookup.js';
import { openPoster } from '../../src/report/post.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';
import { type NameAnswer, type NameServer, startNameServer } from '../support/servers/name-server.js';
import { startReportApp } from '../support/servers/report-app.js';

const answers: Record<string, NameAnswer> = {
  'app.test': ['127.0.0.1'],
  'both.test': ['10.0.0.1', '10.0.0.2', 'fd00::1'],
  'six.test': ['fd00::1'],
  'fails.test': 'SERVFAIL',
  'refused.test': 'REFUSED',
  'hosted.test': ['10.9.9.9'],
  'empty.test': [],
};

let server: NameServer;
let folder: TempFolder;
let hostsFile: string;
beforeAll(async () => {
  server = await startNameServer((name) =>
    /^silent/.test(name) ? 'silence' : (answers[name] ?? 'NXDOMAIN'),
  );
  folder = await tempFolder('hosts');
  hostsFile = join(folder.path, 'hosts');
  await writeFile(hostsFile, '127.0.0.1 localhost\n10.1.2.3\tother.test Hosted.test # gone.test\n');
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/** @param port the name server's */
function lookUp({
  address = server.address,
  clock = systemClock,
  ...parts
}: Partial<DnsLookupParts> & { address?: string; clock?: typeof systemClock } = {}) {
  const bySystem: string[] = [];
  const lookup = openDnsLookup(
    { clock },
    {
      hostsFile,
      openResolver: () => {
        const resolver = new dns.Resolver({ timeout: 300, tries: 2 });
        resolver.setServers([address]);
        return resolver;
      },
      bySystem: (name, _options, callback) => {
        bySystem.push(name);
        callback(null, [{ address: '192.0.2.1', family: 4 }]);
      },
      ...parts,
    },
  );
  const find = (name: string, options: LookupOptions = { all: true }) =>
    new Promise<unknown>((resolve, reject) => {
      lookup(name, options, (fault, found: string | LookupAddress[], family) =>
        fault ? reject(fault) : resolve(typeof found === 'string' ? [found, family] : found),
      );
    });
  return { lookup, find, bySystem };
}

test('fifty names with silent servers delay no report to a name whose server answers', async () => {
  const app = await startReportApp();
  onTestFinished(app.stop);
  const { lookup, bySystem } = lookUp();
  const poster = openPoster({ config: readConfig({}), clock: systemClock }, lookup);
  onTestFinished(poster.close);
  const ended: string[] = [];
  const post = async (name: string) => {
    const target = {
      url: `http://${name}:${app.port}/`,
      auth: { method: 'none' } as const,
      isTrusted: true,
      shared: false,
    };
    const report = { tenantId: 'shop', entries: [] };
    const result = await poster.post(target, report, async () => ({}), new AbortController().signal);
    ended.push(name);
    return result;
  };
  const silent = Array.from({ length: 50 }, (_, n) => post(`silent-${n}.test`));
  expect(await post('app.test')).toMatchObject({ kind: 'acknowledged' });
  expect(ended).toEqual(['app.test']);
  for (const result of await Promise.all(silent))
    expect(result).toEqual({ kind: 'refused', reason: expect.stringContaining('ETIMEOUT') });
  expect(bySystem).toEqual([]);
});

test.each<[string, LookupOptions, unknown]>([
  ['both.test', { all: true }, [4, 4, 6]],
  ['both.test', { all: true, family: 0 }, [4, 4, 6]],
  ['both.test', { all: true, family: 6 }, [6]],
  ['both.test', { all: true, family: 'IPv4' }, [4, 4]],
  ['six.test', { all: true }, [6]],
])('all addresses of the family that is asked for are found: %s %j', async (name, options, families) => {
  const found = (await lookUp().find(name, options)) as LookupAddress[];
  expect(found.map(({ family }) => family)).toEqual(families);
  expect(found.every(({ address }) => (answers[name] as string[]).includes(address))).toBe(true);
});

test('a look-up of one address gets one', async () => {
  const { find } = lookUp();
  expect(await find('app.test', {})).toEqual(['127.0.0.1', 4]);
  expect(await find('both.test', { family: 6 })).toEqual(['fd00::1', 6]);
});

test.each([
  'not-there.test',
  'empty.test',
  'refused.test',
  'localhost',
  'single',
  'printer.local',
  'hosted.test',
])('the system says what name servers do not know or are not to be asked: %s', async (name) => {
  const { find, bySystem } = lookUp();
  expect(await find(name)).toEqual([{ address: '192.0.2.1', family: 4 }]);
  expect(bySystem).toEqual([name]);
});

test('without a reachable name server the system resolves every name', async () => {
  const gone = await startNameServer(() => 'silence');
  await gone.stop();
  const { find, bySystem } = lookUp({ address: gone.address });
  await find('app.test');
  expect(bySystem).toEqual(['app.test']);
});

test('a name server that fails is not asked again through the system', async () => {
  const { find, bySystem } = lookUp();
  await expect(find('fails.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  expect(bySystem).toEqual([]);
});

test('answers are not cached, and a changed hosts file is used a few seconds later', async () => {
  let now = 0;
  const { find, bySystem } = lookUp({ clock: { ...systemClock, monotonic: () => now } });
  const times = () => server.asked.filter((question) => question === 'A both.test').length;
  const before = times();
  await find('both.test');
  await find('both.test');
  expect(times()).toBe(before + 2);
  await writeFile(hostsFile, '10.0.0.7 both.test\n');
  now += 5000;
  await find('both.test');
  expect(bySystem).toEqual(['both.test']);
});

test('without a hosts file names are found all the same', async () => {
  expect(await lookUp({ hostsFile: join(folder.path, 'none') }).find('app.test')).toEqual([
    { address: '127.0.0.1', family: 4 },
  ]);
});
