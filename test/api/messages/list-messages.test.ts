// The messages and fields that GET /messages shows, page by page (contract sections 3 and 5).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, FAR, type Listed, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
const startedAt = Math.floor(Date.now() / 1000);

beforeAll(async () => {
  sink = await startSmtpSink({ onRcpt: (address) => replyTo(address) });
  stage = await setApiStage({ GMP_RETRY_DELAYS: '3600' });
  await stage.tenant('shop', { name: 'The Shop' });
  await stage.tenant('other');
  const { host, port } = sink;
  for (const tenant of ['shop', 'other']) await stage.account(tenant, 'main', { host, port });
});
afterAll(async () => {
  await stage.remove();
  await sink.stop();
});

function replyTo(address: string) {
  if (address.startsWith('refused')) return { code: 550, message: 'no such user' };
  if (address.startsWith('later')) return { code: 451, message: 'try again later' };
  return undefined;
}

/** Hands a message in and waits until it has the status. */
async function inStatus(status: string, fields: object): Promise<Listed> {
  const given = message({ account_id: 'main', deferred_ts: undefined, ...fields });
  await stage.add([given]);
  return waitFor(`${given.id} to be ${status}`, async () => {
    const { body } = await stage.list({ tenant_id: 'shop', include_history: 'true' });
    return body.messages.find((one) => one.id === given.id && one.status === status);
  });
}

const unixSeconds = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= startedAt && Number(value) <= Date.now() / 1000 + 1;
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
/** The fields that every message has. */
const always =
  'account_id created_at id message pk priority retry_count status tenant_id tenant_name updated_at'.split(
    ' ',
  );

describe('a message', () => {
  test('that was sent has sent_ts and smtp_code, and none of the fields that do not apply', async () => {
    const sent = await inStatus('sent', { id: 'sent', batch_code: 'b1' });
    const { history, ...fields } = sent;
    expect(Object.keys(fields).sort()).toEqual(
      [...always, 'batch_code', 'recipients', 'sent_ts', 'smtp_code'].sort(),
    );
    expect(fields).toMatchObject({
      tenant_id: 'shop',
      tenant_name: 'The Shop',
      account_id: 'main',
      batch_code: 'b1',
      priority: 2,
      retry_count: 0,
      smtp_code: 250,
    });
    expect(unixSeconds(fields.sent_ts)).toBe(true);
    expect(fields.created_at).toMatch(iso);
    expect(fields.updated_at).toMatch(iso);
    expect(unixSeconds(Date.parse(String(fields.created_at)) / 1000)).toBe(true);
    expect(fields.pk).toMatch(/^\S{20,}$/);
  });

  test('that failed has error, error_ts and smtp_code, and no sent_ts', async () => {
    const { history, ...failed } = await inStatus('error', { id: 'failed', to: 'refused@example.org' });
    expect(Object.keys(failed).sort()).toEqual(
      [...always, 'error', 'error_ts', 'recipients', 'smtp_code'].sort(),
    );
    expect(failed).toMatchObject({
      smtp_code: 550,
      error: expect.stringContaining('no such user'),
      recipients: [{ address: 'refused@example.org', status: 'error', smtp_code: 550 }],
      retry_count: 0,
    });
    expect(unixSeconds(failed.error_ts)).toBe(true);
  });

  test('that is tried again later has deferred_ts ahead, the error and its retry counted', async () => {
    const { history, ...deferred } = await inStatus('deferred', { id: 'later', to: 'later@example.org' });
    expect(Object.keys(deferred).sort()).toEqual(
      [...always, 'deferred_ts', 'deferred_reason', 'smtp_code'].sort(),
    );
    expect(deferred).toMatchObject({ smtp_code: 451, retry_count: 1 });
    expect(Number(deferred.deferred_ts) - Date.now() / 1000).toBeGreaterThan(3000);
  });

  test('that is not due yet has deferred_ts as submitted', async () => {
    const { history, ...waiting } = await inStatus('deferred', {
      id: 'waiting',
      deferred_ts: FAR,
      batch_code: 'b1',
    });
    expect(Object.keys(waiting).sort()).toEqual([...always, 'batch_code', 'deferred_ts'].sort());
    expect(waiting).toMatchObject({ deferred_ts: FAR, retry_count: 0 });
  });

  test('never has a field that is null', async () => {
    const { body } = await stage.list({ tenant_id: 'shop', include_history: 'true' });
    expect(body.messages.length).toBeGreaterThanOrEqual(4);
    for (const one of body.messages) {
      for (const [name, value] of Object.entries(one))
        expect({ name, value }).not.toEqual({ name, value: null });
    }
  });

  test('is shown as it was submitted, to the last character', async () => {
    const given = message({
      account_id: 'main',
      from: 'Ännchen <a@bücher.example>',
      to: ['a@example.org', 'Bee <b@example.org>'],
      cc: 'c@example.org, d@example.org',
      subject: 'Grüße 👋🏽 \u202E "quoted" \\ \'',
      body: 'a\r\nb\n\n.\n\u2028\t日本語 \ud800 </script>',
      headers: { 'X-A': 'ü', 'X-B': 5, 'X-C': null },
      priority: 'high',
      unknown: { nested: [1.5, null, true, '\u0000'] },
    });
    await stage.add([given]);
    const { body } = await stage.list({ tenant_id: 'shop' });
    expect(body.messages.find(({ id }) => id === given.id)?.message).toEqual(given);
  });

  test('of a tenant without a name has no tenant_name', async () => {
    await stage.add([message({ tenant_id: 'other', account_id: 'main' })]);
    const { body } = await stage.list({ tenant_id: 'other' });
    expect(body.messages[0]).not.toHaveProperty('tenant_name');
  });
});

describe('history', () => {
  test('is shown only on request, in order, with all events', async () => {
    const without = await stage.list({ tenant_id: 'shop' });
    for (const one of without.body.messages) expect(one).not.toHaveProperty('history');
    const { body } = await stage.list({ tenant_id: 'shop', include_history: '1' });
    const historyOf = (id: string) =>
      body.messages.find((one) => one.id === id)?.history as Record<string, unknown>[];
    const typesOf = (id: string) => historyOf(id).map(({ event_type }) => event_type);
    expect(typesOf('sent')).toEqual(['queued', 'sent']);
    expect(typesOf('failed')).toEqual(['queued', 'error']);
    expect(typesOf('later')).toEqual(['queued', 'deferred']);
    for (const event of historyOf('failed')) {
      expect(event).toMatchObject({ event_id: expect.any(Number), event_type: expect.any(String) });
      expect(unixSeconds(event.event_ts)).toBe(true);
      expect(Object.values(event)).not.toContain(null);
    }
    expect(historyOf('failed')[1]?.description).toContain('no such user');
  });
});
