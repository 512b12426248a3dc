// Events that were acknowledged are told again when asked for, under the same event_id, and no others.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let app: ReportApp;
let tenant: Tenant;
beforeAll(async () => {
  stage = await setStage();
  const onRcpt = (address: string, attempt: number) =>
    address.startsWith('later') && attempt === 1 ? { code: 451, message: 'try later' } : undefined;
  const server = await stage.sink({ onRcpt });
  service = await stage.service({ GMP_RETRY_DELAYS: '1' });
  app = await stage.app();
  tenant = await addTenant(service, 'shop', { app, server });
  await tenant.handIn(service, [mail('later'), mail('m1'), mail('m2')]);
  await reported();
});

/** Waits until all that is to be told was told. */
const reported = () =>
  tenant.untilAll(service, ({ status, reported_ts, history }) => {
    const told = history.filter(({ event_type }) => event_type !== 'queued');
    return status === 'sent' && reported_ts !== undefined && told.every((event) => event.reported_ts);
  });

const replay = (body: object, tenantId = 'shop') =>
  service.api('POST', `/commands/replay-reports?tenant_id=${tenantId}`, body);

/** What the application is told from now on: kinds and numbers of events, in order. */
async function toldBy(ask: () => Promise<unknown>): Promise<string[]> {
  app.clear();
  await ask();
  await reported();
  return app.entries.map(
    (entry) => `${entry.event_id} ${entry.id} ${'sent_ts' in entry ? 'sent' : 'deferred'}`,
  );
}

async function logged(): Promise<{ event_id: number; event_type: string; event_ts: number; id: string }[]> {
  const { body } = await service.api<{ events: Awaited<ReturnType<typeof logged>> }>(
    'GET',
    '/events?tenant_id=shop',
  );
  return body.events;
}
const shown = (events: Awaited<ReturnType<typeof logged>>) =>
  events.map(({ event_id, id, event_type }) => `${event_id} ${id} ${event_type}`);

test('of the messages that are named everything is told again, in order, with the event_id it had', async () => {
  const told = await toldBy(async () => {
    expect((await replay({ ids: ['later', 'm1', 'unknown'] })).body).toEqual({ ok: true, replayed: 3 });
  });
  expect(told).toEqual(shown((await logged()).filter(({ id }) => id !== 'm2')));
  expect(told).toHaveLength(3);
});

test('of a time range everything that happened in it is told again, to the second, and nothing else', async () => {
  // Far enough apart that each has a second of its own.
  await query(stage.database, 'UPDATE events SET at = (id - (SELECT MIN(id) FROM events) + 1) * 10000 + 999');
  const all = await logged();
  const [first, second, third, fourth] = all;
  expect(await toldBy(() => replay({ since_ts: second?.event_ts, until_ts: third?.event_ts }))).toEqual(
    shown(all.slice(1, 3)),
  );
  expect(await toldBy(() => replay({ since_ts: fourth?.event_ts }))).toEqual(shown(all.slice(3)));
  expect(await toldBy(() => replay({ until_ts: first?.event_ts }))).toEqual(shown(all.slice(0, 1)));
  expect(await toldBy(() => replay({ until_ts: first?.event_ts, ids: ['m2', 'unknown'] }))).toEqual(
    shown(all.slice(0, 1)).filter((one) => one.includes(' m2 ')),
  );
});

test('what is not acknowledged yet counts for nothing, and another tenant has nothing of it', async () => {
  await addTenant(service, 'other', { app });
  expect((await replay({ since_ts: 0 }, 'other')).body).toEqual({ ok: true, replayed: 0 });
  await service.api('PUT', '/tenant/shop', { client_base_url: null });
  expect((await replay({ ids: ['m1'] })).body).toEqual({ ok: true, replayed: 1 });
  expect((await replay({ ids: ['m1'] })).body).toEqual({ ok: true, replayed: 0 });
  expect((await tenant.find(service, 'm1')).reported_ts).toBeUndefined();
  await service.api('PUT', '/tenant/shop', { client_base_url: app.url });
  await reported();
});

test.each([{}, { ids: null }, { since_ts: 'x' }, { ids: [1] }])(
  'a call that does not say what is a 422: %j',
  async (body) => {
    expect((await replay(body)).status).toBe(422);
  },
);
