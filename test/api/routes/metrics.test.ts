// GET /metrics shows the work of each process and the waiting messages, as Prometheus reads them (contract section 10).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, type Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type ReportApp, startReportApp } from '../../support/servers/report-app.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, FAR, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let worker: Service;
let sink: SmtpSink;
let app: ReportApp;

const metricsToken = 'a-token-for-metrics';

beforeAll(async () => {
  sink = await startSmtpSink({ onRcpt: (address) => replyTo(address) });
  app = await startReportApp({ answer: () => (refuseReports ? { status: 503 } : undefined) });
  // The one takes calls and the other sends, so that it shows which of them counts what.
  stage = await setApiStage({ GMP_ROLES: 'api', GMP_METRICS_TOKEN: metricsToken });
  worker = await stage.program({ GMP_ROLES: 'worker', GMP_RETRY_DELAYS: '3600' });
  await stage.tenant('shop', { name: 'The "Shop"\\', client_base_url: app.url });
  await stage.account('shop', 'main', { host: sink.host, port: sink.port, use_tls: false });
});
afterAll(async () => {
  await stage.remove();
  await Promise.all([sink?.stop(), app?.stop()]);
});

let refuseReports = false;

function replyTo(address: string) {
  if (address.startsWith('refused')) return { code: 550, message: 'no such user' };
  if (address.startsWith('later')) return { code: 451, message: 'try again later' };
  return undefined;
}

async function scrape(service: Service, token: string | null = metricsToken): Promise<string> {
  const { status, body, headers } = await service.api<string>('GET', '/metrics', undefined, { token });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return body;
}

/** The value of a series, whose labels may stand in any order; undefined when there is none. */
function sample(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  for (const line of text.split('\n')) {
    const [, found, inBraces = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (found !== name) continue;
    const wanted = Object.entries(labels).map(([key, one]) => `${key}="${one}"`);
    if (wanted.every((label) => `,${inBraces},`.includes(`,${label},`))) return Number(value);
  }
  return undefined;
}

const main = {
  tenant_id: 'shop',
  tenant_name: 'The \\"Shop\\"\\\\',
  account_id: 'main',
  account_name: 'main',
};
const counters = ['gmp_sent_total', 'gmp_errors_total', 'gmp_deferred_total', 'gmp_rate_limited_total'];

test("an account's counters exist at zero from the first scrape after it was created, on every process", async () => {
  await stage.tenant('new');
  for (let n = 0; n < 5; n++) {
    await stage.account('new', `new-${n}`);
    const account = {
      tenant_id: 'new',
      tenant_name: 'new',
      account_id: `new-${n}`,
      account_name: `new-${n}`,
    };
    for (const service of [stage.service, worker]) {
      const text = await scrape(service);
      for (const name of counters) expect(sample(text, name, account)).toBe(0);
    }
  }
});

test('each result is counted once, by the process that had it, and timed', async () => {
  const due = (fields: object) => message({ deferred_ts: undefined, account_id: 'main', ...fields });
  await stage.add([due({}), due({}), due({ to: 'refused@example.org' }), due({ to: 'later@example.org' })]);
  const text = await waitFor('all to have ended', async () => {
    const now = await scrape(worker);
    const sum = counters.reduce((total, name) => total + (sample(now, name, main) ?? 0), 0);
    return sum >= 4 && now;
  });
  expect(counters.map((name) => sample(text, name, main))).toEqual([2, 1, 1, 0]);
  expect(sample(text, 'gmp_accept_to_sent_seconds_count')).toBe(2);
  expect(sample(text, 'gmp_smtp_seconds_count')).toBe(4);
  expect(sample(text, 'gmp_sends_in_flight')).toBe(0);
  const other = await scrape(stage.service);
  expect(counters.map((name) => sample(other, name, main))).toEqual([0, 0, 0, 0]);
});

test('waiting messages are counted by account and priority, the same on every process', async () => {
  await stage.tenant('waiting');
  await stage.account('waiting', 'main');
  const wait = (priority: number) => message({ tenant_id: 'waiting', deferred_ts: FAR, priority });
  await stage.add([wait(0), wait(2), wait(2)]);
  for (const service of [stage.service, worker]) {
    await waitFor('three of them to be counted', async () => {
      const text = await scrape(service);
      const depth = (priority: string) =>
        sample(text, 'gmp_queue_depth', { tenant_id: 'waiting', account_id: 'main', priority });
      // And the one that is tried again later.
      return depth('0') === 1 && depth('2') === 2 && sample(text, 'gmp_pending_messages') === 4;
    });
  }
});

test('the age of the oldest unreported event is shown, and 0 without one', async () => {
  const lag = async () => sample(await scrape(worker), 'gmp_report_lag_seconds', { tenant_id: 'shop' });
  await waitFor('everything to be reported', async () => (await lag()) === 0);
  refuseReports = true;
  await stage.add([message({ deferred_ts: undefined, account_id: 'main' })]);
  await waitFor('the report to lag', async () => Number(await lag()) > 0);
  refuseReports = false;
  await stage.service.api('POST', '/commands/run-now');
  await waitFor('it to have arrived', async () => (await lag()) === 0);
  expect(sample(await scrape(worker), 'gmp_report_lag_seconds', { tenant_id: 'waiting' })).toBeUndefined();
});

test('a deleted account has no series any more', async () => {
  await stage.service.api('DELETE', '/account/new-0?tenant_id=new');
  const text = await scrape(worker);
  expect(sample(text, 'gmp_sent_total', { tenant_id: 'new', account_id: 'new-0' })).toBeUndefined();
  expect(sample(text, 'gmp_sent_total', { tenant_id: 'new', account_id: 'new-1' })).toBe(0);
});

test('the metrics of the process itself have the same prefix, and no metric lacks it', async () => {
  const text = await scrape(worker);
  expect(sample(text, 'gmp_process_resident_memory_bytes')).toBeGreaterThan(1e6);
  const names = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(names.filter((line) => !line.startsWith('gmp_'))).toEqual([]);
});

describe('who may scrape', () => {
  test('everyone, if no metrics token is set', async () => {
    await scrape(worker, null);
  });

  test('callers with the metrics token or the admin token, if one is set', async () => {
    await scrape(stage.service, metricsToken);
    await scrape(stage.service, ADMIN_TOKEN);
    const bearer = await stage.service.api('GET', '/metrics', undefined, {
      token: null,
      headers: { authorization: `Bearer ${metricsToken}` },
    });
    expect(bearer.status).toBe(200);
  });

  test('no other caller, not even a tenant', async () => {
    const key = await stage.tenant('curious');
    for (const token of [null, 'wrong', key, `${metricsToken}x`, metricsToken.slice(1)]) {
      const { status, body } = await stage.service.api('GET', '/metrics', undefined, { token });
      expect({ status, body }).toEqual({ status: 401, body: { detail: 'Invalid or missing metrics token' } });
    }
  });
});
