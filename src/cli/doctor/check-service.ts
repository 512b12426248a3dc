// Checks a service from outside, by its API: that it answers, its accounts, its applications, and who sends through it.
import { systemClock } from '../../clock.js';
import { checkClock } from '../../doctor/check-machine.js';
import { type Finding, ok, warning, wrong } from '../../doctor/finding.js';
import { reasonOf } from '../../errors.js';
import { allPages } from '../all-pages.js';
import { type ApiTarget, type CallApi, openApi } from '../call-api.js';
import { checkMailbox } from './check-mailbox.js';

interface Tenant {
  id: string;
  active: boolean;
  client_base_url?: string;
  client_sync_path?: string;
  gone?: boolean;
  fault?: string;
}

interface Instance {
  bounce_return_path?: string;
}

interface ServiceFindings {
  findings: Finding[];
  /** The domains of From in recent mail, each with the domain of its envelope sender. */
  domains: Map<string, string>;
}

const patienceMs = 15_000;
/** Servers refuse many logins at once. */
const loginsAtOnce = 4;
/** Of each tenant, so many of its latest messages tell who sends. */
const messagesRead = 100;

/** @param next what to do when the service does not answer */
export async function checkService(target: ApiTarget, next: string): Promise<ServiceFindings> {
  const ready = await checkReady(target, next);
  const domains = new Map<string, string>();
  if (ready.some(({ check, verdict }) => check === 'service' && verdict === 'wrong')) {
    return { findings: ready, domains };
  }
  const api = openApi(target);
  try {
    const instance = await api<Instance>('GET', '/instance');
    const tenants = await allPages<Tenant>(api, '/tenants', 'tenants', {});
    const synced = await allPages<Tenant>(api, '/tenants/sync-status', 'tenants', {});
    const known = new Map(synced.map((one) => [one.id, one]));
    const [mailbox, accounts, endpoints] = await Promise.all([
      checkMailbox(api),
      checkAccounts(api, tenants),
      Promise.all(tenants.map((tenant) => checkEndpoint({ ...known.get(tenant.id), ...tenant }))),
    ]);
    for (const { id } of tenants) await addDomains(api, id, instance.bounce_return_path, domains);
    const none =
      tenants.length === 0 ? [warning('tenants', 'There is none', 'mail-proxy tenants add NAME')] : [];
    return { findings: [...ready, ...none, ...accounts, ...endpoints.flat(), mailbox], domains };
  } catch (error) {
    const token = wrong('token', reasonOf(error), 'Name the admin token: --token, or MAIL_PROXY_TOKEN');
    return { findings: [...ready, token], domains };
  }
}

async function checkReady({ url }: ApiTarget, next: string): Promise<Finding[]> {
  try {
    const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(patienceMs) });
    const ours = systemClock.now();
    const state = (await answer.json()) as Record<string, unknown>;
    const parts = ['database', 'redis', 'schema', 'scheduler'] as const;
    const bad = parts.filter((part) => state[part] !== 'ok');
    const date = Date.parse(answer.headers.get('date') ?? '');
    return [
      ...(bad.length === 0 ? [ok('service', `${url} is ready`)] : []),
      ...bad.map((part) => faultOf(part, String(state[part] ?? 'is not known'))),
      ...checkClock(Number.isNaN(date) ? [] : [{ of: 'the service', theirs: date, ours }]),
    ];
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return [wrong('service', `${url} does not answer: ${reasonOf(cause)}`, next)];
  }
}

function faultOf(part: string, state: string): Finding {
  return part === 'scheduler'
    ? warning('service', state, 'mail-proxy activate --all')
    : wrong(`service: ${part}`, state, 'See its log: mail-proxy logs NAME');
}

async function checkAccounts(api: CallApi, tenants: Tenant[]): Promise<Finding[]> {
  const accounts: { tenant: string; id: string }[] = [];
  for (const { id: tenant } of tenants) {
    const found = await allPages<{ id: string }>(api, '/accounts', 'accounts', { tenant_id: tenant });
    accounts.push(...found.map(({ id }) => ({ tenant, id })));
  }
  const findings: Finding[] = [];
  for (let n = 0; n < accounts.length; n += loginsAtOnce) {
    const some = accounts.slice(n, n + loginsAtOnce);
    findings.push(...(await Promise.all(some.map((one) => checkAccount(api, one)))));
  }
  return findings;
}

async function checkAccount(api: CallApi, { tenant, id }: { tenant: string; id: string }): Promise<Finding> {
  const check = `account ${tenant}/${id}`;
  const remedy = `mail-proxy accounts add ${id} --tenant ${tenant} --replace sets it up anew`;
  try {
    const query = { tenant_id: tenant };
    const path = `/account/${encodeURIComponent(id)}/verify`;
    const { ok: works, error } = await api<{ ok: boolean; error?: string }>('POST', path, { query });
    return works ? ok(check, 'The login works') : wrong(check, error ?? 'It does not work', remedy);
  } catch (error) {
    return wrong(check, reasonOf(error), remedy);
  }
}

/** Any answer shows that the application listens; a report itself needs its token. */
async function checkEndpoint(tenant: Tenant): Promise<Finding[]> {
  const check = `endpoint of ${tenant.id}`;
  if (tenant.client_base_url === undefined) return [];
  const url = tenant.client_base_url + (tenant.client_sync_path ?? '');
  const remedy = `Start the application, or correct it: mail-proxy tenants update ${tenant.id} --base-url URL`;
  if (tenant.gone) return [wrong(check, `${url} answered 410 Gone, so nothing is reported any more`, remedy)];
  if (tenant.fault !== undefined) return [wrong(check, tenant.fault, 'See the log of the service')];
  try {
    const answer = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    });
    if (answer.status < 500) return [ok(check, `${url} answers`)];
    return [wrong(check, `${url} answers ${answer.status}`, remedy)];
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return [wrong(check, `${url} does not answer: ${reasonOf(cause)}`, remedy)];
  }
}

async function addDomains(
  api: CallApi,
  tenantId: string,
  returnPath: string | undefined,
  domains: Map<string, string>,
): Promise<void> {
  type Message = { message: { from?: string; from_addr?: string; return_path?: string } };
  const query = { tenant_id: tenantId };
  for (const { message } of await allPages<Message>(api, '/messages', 'messages', query, messagesRead)) {
    const from = domainIn(message.from ?? message.from_addr);
    if (from === undefined || domains.has(from)) continue;
    domains.set(from, domainIn(message.return_path) ?? domainIn(returnPath) ?? from);
  }
}

function domainIn(address: string | undefined): string | undefined {
  return /@([^\s@<>]+?)>?\s*$/.exec(address ?? '')?.[1]?.toLowerCase();
}
