// The DNS of a domain that mail is sent from is judged as receivers judge it. The name server is a real one.
import { promises as dns } from 'node:dns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDomain } from '../../src/doctor/check-domain.js';
import { type NameServer, startNameServer } from '../support/servers/name-server.js';

let texts: Record<string, string[]> = {};
let server: NameServer;
let resolver: dns.Resolver;
beforeAll(async () => {
  server = await startNameServer((name) => (texts[name] ? { txt: texts[name] } : 'NXDOMAIN'));
  resolver = new dns.Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server.address]);
});
afterAll(() => server.stop());

const spf = 'v=spf1 include:mx.test -all';
const dmarc = 'v=DMARC1; p=reject';
const key = 'v=DKIM1; k=rsa; p=MIGf';

/** The verdicts on a.test, whose envelope sender is of the same domain unless told otherwise. */
async function verdictsOn(given: Record<string, string[]>, envelope = 'a.test', name = 'a.test') {
  texts = given;
  const findings = await checkDomain(resolver, { name, envelope, selector: 's1' });
  return Object.fromEntries(
    findings.map(({ check, verdict, found }) => [check.split(' ')[0], `${verdict}: ${found}`]),
  );
}

test('a domain that is set up well passes, and its subdomain has the policy of the domain above', async () => {
  const good = { 'a.test': ['other', spf], 's1._domainkey.a.test': [key], '_dmarc.a.test': [dmarc] };
  expect(await verdictsOn(good)).toEqual({
    spf: `ok: ${spf}`,
    dkim: 'ok: There is a key at s1._domainkey.a.test',
    dmarc: `ok: ${dmarc}`,
    alignment: expect.stringMatching(/^ok/),
  });
  const below = { ...good, 'news.a.test': [spf], '_dmarc.a.test': ['v=DMARC1; p=reject; sp=none'] };
  expect((await verdictsOn(below, 'news.a.test', 'news.a.test')).dmarc).toMatch(
    /^warning: It asks for nothing/,
  );
});

test.each([
  ['no record', {}, 'spf', /^wrong: There is no SPF record/],
  ['two records', { 'a.test': [spf, 'v=spf1 -all'] }, 'spf', /^wrong: There are 2 SPF records/],
  ['anyone', { 'a.test': ['v=spf1 +all'] }, 'spf', /^wrong: Anyone may send/],
  ['no end', { 'a.test': ['v=spf1 a mx ?all'] }, 'spf', /^warning: It does not say/],
  [
    'too many look-ups',
    { 'a.test': [`v=spf1${' include:x.test'.repeat(11)} -all`] },
    'spf',
    /^wrong: It asks for 11/,
  ],
  ['no key', {}, 'dkim', /^wrong: There is no key/],
  ['a withdrawn key', { 's1._domainkey.a.test': ['v=DKIM1; p='] }, 'dkim', /^wrong: .* was withdrawn/],
  ['no policy', {}, 'dmarc', /^wrong: There is no DMARC record/],
  [
    'a policy of nothing',
    { '_dmarc.a.test': ['v=DMARC1; p=none'] },
    'dmarc',
    /^warning: It asks for nothing/,
  ],
])('%s', async (_what, given, part, expected) => {
  expect((await verdictsOn(given as Record<string, string[]>))[part]).toMatch(expected);
});

test('an envelope sender of another domain is not aligned, of a subdomain unless the policy is strict', async () => {
  expect((await verdictsOn({ '_dmarc.a.test': [dmarc] }, 'b.test')).alignment).toMatch(
    /^warning: SPF is about b\.test/,
  );
  expect((await verdictsOn({ '_dmarc.a.test': [dmarc] }, 'bounce.a.test')).alignment).toMatch(/^ok/);
  const strict = { '_dmarc.a.test': ['v=DMARC1; p=reject; aspf=s'] };
  expect((await verdictsOn(strict, 'bounce.a.test')).alignment).toMatch(/^warning/);
});

test('a name server that refuses is wrong, not a domain without records', async () => {
  const refusing = await startNameServer(() => 'SERVFAIL');
  const other = new dns.Resolver({ timeout: 500, tries: 1 });
  other.setServers([refusing.address]);
  const [finding] = await checkDomain(other, { name: 'a.test', envelope: 'a.test' });
  expect(finding).toMatchObject({ verdict: 'wrong', found: expect.stringContaining('ESERVFAIL') });
  await refusing.stop();
});
