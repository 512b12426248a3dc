// The messages and fields that GET /messages shows, page by page (contract sections 3 and 5).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import {
  type ApiStage,
  FAR,
  type Listed,
  type Misfit,
  message,
  setApiStage,
} from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
let shopKey: string;
let otherKey: string;
const startedAt = Math.floor(Date.now() / 1000);

beforeAll(async () => {
  sink = await startSmtpSink({ onRcpt: (address) => replyTo(address) });
  stage = await setApiStage({ GMP_RETRY_DELAYS: '3600' });
  shopKey = await stage.tenant('shop', { name: 'The Shop' });
  otherKey = await stage.tenant('other');
  const { host, port } = sink;
  for (const tenant of ['shop', 'other']) await stage.account(tenant, 'main', { host, port });
  await stage.account('shop', 'second', { host, port });
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

async function idsOf(query: Record<string, string | number>): Promise<string[]> {
  return (await stage.list({ tenant_id: 'shop', ...query })).body.messages.map(({ id }) => id);
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

describe('filters', () => {
  test('active_only leaves out messages that were sent or have failed', async () => {
    for (const yes of ['true', '1', 'yes', 'on', 'True']) {
      const ids = await idsOf({ active_only: yes });
      expect(ids).toEqual(expect.arrayContaining(['later', 'waiting']));
      expect(ids).not.toContain('sent');
      expect(ids).not.toContain('failed');
    }
    for (const no of ['false', '0', 'no', 'off']) expect(await idsOf({ active_only: no })).toContain('sent');
  });

  test('status, batch_code and account_id select, alone and together', async () => {
    expect(await idsOf({ status: 'sent' })).toEqual(['sent']);
    expect(await idsOf({ status: 'error' })).toEqual(['failed']);
    expect(await idsOf({ status: 'deferred' })).toEqual(expect.arrayContaining(['later', 'waiting']));
    expect(await idsOf({ status: 'pending' })).toEqual([]);
    expect(await idsOf({ batch_code: 'b1' })).toEqual(['sent', 'waiting']);
    expect(await idsOf({ batch_code: 'b1', status: 'sent' })).toEqual(['sent']);
    expect(await idsOf({ batch_code: 'B1' })).toEqual([]);
    expect(await idsOf({ batch_code: 'b%' })).toEqual([]);
    await stage.add([message({ id: 'by-second', account_id: 'second' })]);
    expect(await idsOf({ account_id: 'second' })).toEqual(['by-second']);
    expect(await idsOf({ account_id: 'nothing' })).toEqual([]);
  });

  test('since_ts selects messages accepted in that second or later', async () => {
    expect(await idsOf({ since_ts: startedAt })).toContain('sent');
    expect(await idsOf({ since_ts: 0 })).toContain('sent');
    expect(await idsOf({ since_ts: FAR })).toEqual([]);
  });

  test.each([
    ['limit', ['0', '-1', '1.5', '', 'many', '1e3', ' 5']],
    ['since_ts', ['-1', 'yesterday', '', '1.5', '999999999999']],
    ['status', ['', 'SENT', 'sending', 'unknown']],
    ['active_only', ['', 'maybe', '2', 'constructor', '__proto__']],
    ['include_history', ['', 'maybe']],
    ['cursor', ['', 'x', '0'.repeat(25), "' OR 1=1 --", '\u0000', 'u'.repeat(26)]],
    ['batch_code', ['\u0000', 'x'.repeat(65)]],
    ['account_id', ['\u0000', 'a\nb']],
    ['tenant_id', ['\u0000', 'a\rb']],
  ])('a bad %s is answered 422 with its name', async (name, values) => {
    for (const value of values) {
      const { status, body } = await stage.list({ tenant_id: 'shop', [name]: value });
      expect({ value, status }).toEqual({ value, status: 422 });
      expect((body as unknown as Misfit).detail.map(({ loc }) => loc)).toContainEqual(['query', name]);
    }
  });

  test('several bad filters are named at once', async () => {
    const { body } = await stage.list({
      tenant_id: 'shop',
      limit: 0,
      status: 'x',
      active_only: 'x',
      cursor: 'x',
    });
    expect((body as unknown as Misfit).detail.map(({ loc }) => loc[1]).sort()).toEqual([
      'active_only',
      'cursor',
      'limit',
      'status',
    ]);
  });
});

describe("another tenant's messages", () => {
  test('are never shown, whatever is asked for', async () => {
    const selecting = ['batch_code=b1', 'account_id=main', 'status=sent', 'since_ts=0'];
    for (const query of ['', 'include_history=1', ...selecting]) {
      const { status, body } = await stage.list(Object.fromEntries(new URLSearchParams(query)), {
        token: otherKey,
      });
      expect(status).toBe(200);
      for (const one of body.messages) expect(one.tenant_id).toBe('other');
    }
  });

  test('are not shown with a cursor of their list', async () => {
    const { body } = await stage.list({ limit: 1 }, { token: shopKey });
    const answer = await stage.list({ cursor: String(body.next_cursor) }, { token: otherKey });
    for (const one of answer.body.messages) expect(one.tenant_id).toBe('other');
  });
});
