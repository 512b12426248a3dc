// The tenant's application learns everything: in order, at least once, and not again once it has said yes.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

const SETTINGS = { GMP_RETRY_DELAYS: '1', GMP_REPORT_BATCH_SIZE: '10' };

let stage: Stage;
let service: Service;
let sink: SmtpSink;
beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink({
    onRcpt: (address, attempt) =>
      address.startsWith('later') && attempt === 1
        ? { code: 451, message: 'try later' }
        : address.startsWith('never')
          ? { code: 550, message: 'no such user' }
          : undefined,
  });
  service = await stage.service(SETTINGS);
});

test.each([
  ['none', { method: 'none' }, undefined],
  ['bearer', { method: 'bearer', token: 'token-1' }, 'Bearer token-1'],
  ['basic', { method: 'basic', user: 'ann', password: 'pä:ss' }, 'Basic YW5uOnDDpDpzcw=='],
])(
  'a report carries the credentials of its tenant and goes to its path: %s',
  async (id, client_auth, header) => {
    const app = await stage.app();
    const tenant = { client_base_url: `${app.url}/base/`, client_sync_path: '/my/sync?x=1', client_auth };
    const owner = await addTenant(service, id, { server: sink, tenant });
    await owner.handIn(service, [mail('m')]);
    await app.waitForEntry((entry) => entry.id === 'm');
    const { method, path: asked, headers } = app.calls[0]!;
    expect([method, asked]).toEqual(['POST', '/base/my/sync?x=1']);
    expect(headers['content-type']).toContain('application/json');
    expect(headers.authorization).toBe(header);
  },
);

test('entries have the form of the contract, stand in order per message, and show on the message', async () => {
  const app = await stage.app();
  const tenant = await addTenant(service, 'form', { app, server: sink });
  await tenant.handIn(service, [mail('later'), mail('never'), mail('m')]);
  const listed = await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  const entriesOf = (id: string) => app.entries.filter((entry) => entry.id === id);
  const pks = Object.fromEntries(listed.map(({ id, pk }) => [id, pk]));
  const now = Math.ceil(Date.now() / 1000);
  const base = (id: string, status: string, smtp_code: number) => ({
    tenant_id: 'form',
    id,
    pk: pks[id],
    event_id: expect.any(Number),
    event_type: status,
    recipients: [expect.objectContaining({ address: `${id}@example.test`, status, smtp_code })],
  });

  expect(app.calls.every(({ path }) => path === '/mail-proxy/sync')).toBe(true);
  expect(entriesOf('m')).toEqual([{ ...base('m', 'sent', 250), sent_ts: expect.any(Number) }]);
  expect(entriesOf('never')).toEqual([
    {
      ...base('never', 'error', 550),
      error_ts: expect.any(Number),
      error: expect.stringContaining('no such user'),
    },
  ]);
  expect(entriesOf('later')).toEqual([
    {
      ...base('later', 'deferred', 451),
      deferred_ts: expect.any(Number),
      deferred_reason: expect.stringContaining('try later'),
    },
    { ...base('later', 'sent', 250), sent_ts: expect.any(Number) },
  ]);
  for (const { id, sent_ts, history, reported_ts } of listed) {
    expect(reported_ts).toBeLessThanOrEqual(now);
    expect(sent_ts).toBe(id === 'never' ? undefined : entriesOf(id).at(-1)?.sent_ts);
    expect(history.filter(({ event_type }) => event_type !== 'queued').every((e) => e.reported_ts)).toBe(
      true,
    );
  }
});

test('more events than fit into one report follow at once, each of them once', async () => {
  const app = await stage.app();
  const tenant = await addTenant(service, 'many', { app, server: sink });
  await tenant.handIn(service, mails('m', 35));
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect(
    Math.max(...app.calls.map(({ body }) => (body as { delivery_report: unknown[] }).delivery_report.length)),
  ).toBeLessThanOrEqual(10);
  expect([app.entries.length, countIds(app.entries).size]).toEqual([35, 35]);
});

test('what was acknowledged is not sent again, whether the service is stopped or killed', async () => {
  await service.term();
  service = await stage.service(SETTINGS);
  const app = await stage.app();
  const tenant = await addTenant(service, 'once', { app, server: sink });
  await tenant.handIn(service, mails('first', 5));
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  const anotherIsReported = async (next: Service, id: string) => {
    await tenant.handIn(next, [mail(id)]);
    await tenant.until(next, id, ({ reported_ts }) => reported_ts !== undefined);
  };
  await service.term();
  await stage.emptyRedis();
  const program = await stage.program(SETTINGS);
  await anotherIsReported(program, 'after-a-stop');
  await program.kill();
  await stage.emptyRedis();
  await anotherIsReported(await stage.service(SETTINGS), 'after-a-kill');
  expect([app.entries.length, countIds(app.entries).size]).toEqual([7, 7]);
});
