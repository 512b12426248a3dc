// Checks what the DNS says of a domain that mail is sent from: SPF, DKIM, DMARC, and whether they align with From.
import type { promises } from 'node:dns';
import { reasonOf } from '../errors.js';
import { type Finding, ok, warning, wrong } from './finding.js';

type TxtResolver = Pick<promises.Resolver, 'resolveTxt'>;

interface SendingDomain {
  /** The domain of From. */
  name: string;
  /** The domain of the envelope sender, which SPF is about. */
  envelope: string;
  /** Undefined: nobody has said under which name the mail server signs. */
  selector?: string | undefined;
}

/** RFC 7208, section 4.6.4: a receiver gives up after so many look-ups. */
const mostLookups = 10;

export async function checkDomain(resolver: TxtResolver, domain: SendingDomain): Promise<Finding[]> {
  try {
    const [spf, dkim, dmarc] = await Promise.all([
      checkSpf(resolver, domain.envelope),
      domain.selector === undefined ? noSelector(domain) : checkDkim(resolver, domain.name, domain.selector),
      checkDmarc(resolver, domain.name),
    ]);
    return [spf, dkim, dmarc.finding, checkAlignment(domain, dmarc.policy)];
  } catch (error) {
    const found = `The name server does not answer: ${reasonOf(error)}`;
    return [wrong(`dns ${domain.name}`, found, 'Name one that does: --dns ADDRESS')];
  }
}

async function checkSpf(resolver: TxtResolver, domain: string): Promise<Finding> {
  const check = `spf ${domain}`;
  const records = (await textsOf(resolver, domain)).filter((text) => /^v=spf1(\s|$)/i.test(text));
  const [record] = records;
  if (record === undefined) {
    return wrong(check, 'There is no SPF record', `Add TXT ${domain} "v=spf1 include:<your provider> -all"`);
  }
  if (records.length > 1) {
    return wrong(
      check,
      `There are ${records.length} SPF records, so none counts`,
      'Put them together into one',
    );
  }
  const lookups = record.match(/(?:\s[+?~-]?(?:include:|a\b|mx\b|ptr\b|exists:)|\sredirect=)/gi)?.length ?? 0;
  if (lookups > mostLookups) {
    return wrong(
      check,
      `It asks for ${lookups} look-ups, receivers make ${mostLookups}`,
      'Leave out what no longer sends',
    );
  }
  if (/\s\+?all(\s|$)/i.test(record))
    return wrong(check, `Anyone may send for it: ${record}`, 'End it with -all or ~all');
  if (/\s(?:[~-]all|redirect=\S+)(\s|$)/i.test(record)) return ok(check, record);
  return warning(check, `It does not say that others must not send: ${record}`, 'End it with -all or ~all');
}

function noSelector({ name }: SendingDomain): Finding {
  const found = 'Not looked at: its selector is not known';
  return warning(
    `dkim ${name}`,
    found,
    'Add --dkim-selector NAME; it is s= in DKIM-Signature of a mail that arrived',
  );
}

async function checkDkim(resolver: TxtResolver, domain: string, selector: string): Promise<Finding> {
  const check = `dkim ${domain}`;
  const name = `${selector}._domainkey.${domain}`;
  const record = (await textsOf(resolver, name)).find((text) => tagOf(text, 'p') !== undefined);
  if (record === undefined) {
    return wrong(check, `There is no key at ${name}`, 'Publish the one that the mail server signs with');
  }
  if (tagOf(record, 'p') === '')
    return wrong(check, `The key at ${name} was withdrawn`, 'Publish the current one');
  if (/\by\b/.test(tagOf(record, 't') ?? '')) {
    return warning(check, `The key at ${name} is marked as a test (t=y)`, 'Take out t=y');
  }
  return ok(check, `There is a key at ${name}`);
}

interface DmarcPolicy {
  /** Where the record stands: the domain itself or one above. */
  domain: string;
  record: string;
}

/** A domain without a record of its own has that of the domain above (RFC 7489, section 6.6.3). */
async function checkDmarc(
  resolver: TxtResolver,
  domain: string,
): Promise<{ finding: Finding; policy?: DmarcPolicy }> {
  const check = `dmarc ${domain}`;
  for (let at = domain; at.includes('.'); at = at.slice(at.indexOf('.') + 1)) {
    const records = (await textsOf(resolver, `_dmarc.${at}`)).filter((text) =>
      /^v=DMARC1\s*(;|$)/i.test(text),
    );
    const [record] = records;
    if (record === undefined) continue;
    const policy = { domain: at, record };
    if (records.length > 1) {
      return {
        finding: wrong(check, `There are ${records.length} DMARC records, so none counts`, 'Leave one'),
      };
    }
    const action = (at === domain ? undefined : tagOf(record, 'sp')) ?? tagOf(record, 'p');
    if (action === 'quarantine' || action === 'reject') return { finding: ok(check, record), policy };
    const remedy = 'Once the reports are clean, set p=quarantine or p=reject';
    return { finding: warning(check, `It asks for nothing: ${record}`, remedy), policy };
  }
  const remedy = `Add TXT _dmarc.${domain} "v=DMARC1; p=none; rua=mailto:<your address>" to begin with`;
  return {
    finding: wrong(check, 'There is no DMARC record; large providers refuse bulk mail without', remedy),
  };
}

/** DKIM aligns when the server signs for the domain of From, which the DNS does not tell. */
function checkAlignment({ name, envelope }: SendingDomain, policy: DmarcPolicy | undefined): Finding {
  const check = `alignment ${name}`;
  const isStrict = policy !== undefined && tagOf(policy.record, 'aspf') === 's';
  const within = (one: string, other: string) => one === other || one.endsWith(`.${other}`);
  const organization = policy?.domain ?? name;
  const isRelated = within(name, envelope) || within(envelope, name);
  const isAligned = isStrict
    ? name === envelope
    : isRelated || (within(name, organization) && within(envelope, organization));
  if (isAligned) return ok(check, `From ${name} and the envelope sender's ${envelope} belong together`);
  const remedy = `Set a bounce address below ${name}, or have the mail server sign with DKIM for ${name}`;
  return warning(check, `SPF is about ${envelope}, which does not count for From ${name}`, remedy);
}

/** No record and no such name are answers. @throws when no name server answers */
async function textsOf(resolver: TxtResolver, name: string): Promise<string[]> {
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw error;
  }
}

function tagOf(record: string, tag: string): string | undefined {
  const part = record.split(';').find((one) => one.trim().toLowerCase().startsWith(`${tag}=`));
  return part
    ?.slice(part.indexOf('=') + 1)
    .trim()
    .toLowerCase();
}
