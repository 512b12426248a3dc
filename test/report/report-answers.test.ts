// An answer of 2xx in time acknowledges a report, anything else has it tried again, and remarks on messages are recorded.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../support/programs/service.js';
import { waitFor } from '../support/programs/wait-for.js';
import type { AppAnswer, ReportApp } from '../support/servers/report-app.js';
import type { SmtpSink } from '../support/servers/smtp-sink.js';
import { mail, mails } from '../support/stage/mail.js';
import { type Stage, setStage } from '../support/stage/set-stage.js';
import { addTenant, countIds, type Tenant } from '../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink();
  service = await stage.service({ GMP_REPORT_TIMEOUT_SECONDS: '2', GMP_SYNC_INTERVAL_SECONDS: '2' });
});

async function reportThree(id: string, answer: AppAnswer, until = 1): Promise<[Tenant, ReportApp]> {
  const app = await stage.app({ answer: (_call, n) => (n <= until ? answer : undefined) });
  const tenant = await addTenant(service, id, { app, server: sink });
  await tenant.handIn(service, mails('m', 3));
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  return [tenant, app];
}

const taken: [string, AppAnswer][] = [
  ['pieces', { body: { ok: true, queued: 0 }, pieces: 8 }],
  ['slow', { delayMs: 800 }],
  ['no-json', { body: Buffer.from('OK, thanks'), status: 201 }],
  ['html', { body: Buffer.from('<html>\u0000'), headers: { 'content-type': 'text/html' } }],
  ['nothing', { body: Buffer.alloc(0), status: 204 }],
  ['not-ok', { body: { ok: false, error: 'all wrong' } }],
  ['strange', { body: { queued: 'many', next_sync_after: 'never', error: 5, not_found: {} } }],
  ['deep', { body: Buffer.from('['.repeat(500_000)) }],
  ['endless', { endless: true }],
  [
    'lying',
    { headers: { 'content-type': 'application/json; charset=klingon' }, body: Buffer.from([0xff, 0xfe]) },
  ],
];
test.each(taken)('an answer of 2xx acknowledges, whatever its body: %s', async (id, answer) => {
  const [, app] = await reportThree(`taken-${id}`, answer, 100);
  expect([app.entries.length, countIds(app.entries).size]).toEqual([3, 3]);
});

const refused: [string, AppAnswer][] = [
  ['500', { status: 500 }],
  ['404', { status: 404, body: Buffer.from('x'.repeat(300_000)) }],
  ['304', { status: 304, body: Buffer.alloc(0) }],
  ['redirect-away', { status: 308, headers: { location: 'http://127.0.0.2:1/' } }],
  ['reset', { reset: 'at once' }],
  ['half', { reset: 'half way', body: { ok: true, queued: 3 } }],
  ['head-only', { headOnly: true }],
  ['garbled', { headers: { 'content-length': '100000' } }],
];
test.each(refused)(
  'any other answer, or half of one, has the same events sent again: %s',
  async (id, answer) => {
    const [, app] = await reportThree(`refused-${id}`, answer);
    const [first, ...later] = app.calls.map(({ body }) =>
      (body as { delivery_report: { event_id: number }[] }).delivery_report.map(({ event_id }) => event_id),
    );
    const again = later.flat();
    expect(again).toEqual([...again].sort((a, b) => a - b));
    expect([again.length, new Set(again).size]).toEqual([3, 3]);
    expect(again).toEqual(expect.arrayContaining(first!));
  },
);

test('remarks of the application on a message stand in its events, and in those of no other message', async () => {
  const answer = { body: { ok: true, error: ['m-1', 'other', 7], not_found: ['m-2'] } };
  const [tenant] = await reportThree('remarks', answer, 100);
  const remarks = async (id: string) => {
    const { body } = await service.api<{
      events: { event_type: string; metadata?: Record<string, unknown> }[];
    }>('GET', `/messages/${id}/events?tenant_id=${tenant.id}`);
    return body.events.flatMap(({ event_type, metadata }) =>
      metadata?.client_answer === undefined ? [] : [[event_type, metadata.client_answer, metadata.response]],
    );
  };
  expect(await remarks('m-1')).toEqual([['sent', 'error', expect.any(String)]]);
  expect(await remarks('m-2')).toEqual([['sent', 'not_found', expect.any(String)]]);
  expect(await remarks('m-3')).toEqual([]);
});

test('an endpoint that is gone gets nothing more until its tenant is changed, and then everything', async () => {
  const app = await stage.app({ answer: (_call, n) => (n === 1 ? { status: 410 } : undefined) });
  const witness = await stage.app();
  const tenant = await addTenant(service, 'gone', { app, server: sink });
  const other = await addTenant(service, 'witness', { app: witness, server: sink });
  await tenant.handIn(service, [mail('one')]);
  await app.waitFor(({ calls }) => calls.length === 1);
  const status = async () => {
    const { body } = await service.api<{ tenants: Record<string, unknown>[] }>('GET', '/tenants/sync-status');
    return body.tenants.find(({ id }) => id === 'gone');
  };
  await waitFor('it to count as gone', async () => (await status())?.gone === true);
  expect(await status()).toMatchObject({ next_sync_due: false });
  const idle = app.idleCalls.length;
  // Meanwhile sweeps have come, and calls of others.
  await tenant.handIn(service, [mail('two')]);
  await tenant.until(service, 'two', (message) => message.status === 'sent');
  const before = witness.idleCalls.length;
  await witness.waitFor(({ idleCalls }) => idleCalls.length >= before + 2);
  await other.handIn(service, [mail('m')]);
  await other.until(service, 'm', ({ reported_ts }) => reported_ts !== undefined);
  expect([app.calls.length, app.idleCalls.length]).toEqual([1, idle]);

  await service.api('PUT', '/tenant/gone', { name: 'Back again' });
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(app.entries.map(({ id }) => id)).toEqual(['one', 'one', 'two']);
  expect(await status()).not.toHaveProperty('gone');
});

test('an endpoint with Retry-After is not called before that time', async () => {
  const app = await stage.app({
    answer: (_call, n) => (n === 1 ? { status: 429, headers: { 'retry-after': '4' } } : undefined),
  });
  const tenant = await addTenant(service, 'busy', { app, server: sink });
  await tenant.handIn(service, [mail('m')]);
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  const [first, second] = app.calls.map(({ receivedAt }) => receivedAt);
  // The interval, two seconds, would have been the longest pause otherwise.
  expect(second! - first!).toBeGreaterThanOrEqual(4000);
});
