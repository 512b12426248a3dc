// GET /messages shows the messages that its query asks for, and never another tenant's (contract sections 3 and 5).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, FAR, type Misfit, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
let shopKey: string;
let otherKey: string;
const startedAt = Math.floor(Date.now() / 1000);

beforeAll(async () => {
  sink = await startSmtpSink({ onRcpt: (address) => replyTo(address) });
  stage = await setApiStage({ GMP_RETRY_DELAYS: '3600' });
  shopKey = await stage.tenant('shop');
  otherKey = await stage.tenant('other');
  const { host, port } = sink;
  for (const tenant of ['shop', 'other']) await stage.account(tenant, 'main', { host, port });
  await stage.account('shop', 'second', { host, port });
  const due = { account_id: 'main', deferred_ts: undefined };
  await stage.add([
    message({ ...due, id: 'sent', batch_code: 'b1' }),
    message({ ...due, id: 'failed', to: 'refused@example.org' }),
    message({ ...due, id: 'later', to: 'later@example.org' }),
    message({ account_id: 'main', id: 'waiting', deferred_ts: FAR, batch_code: 'b1' }),
    message({ ...due, id: 'of-other', tenant_id: 'other' }),
  ]);
  await waitFor('every message to be tried', async () => (await idsOf({ status: 'pending' })).length === 0);
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

async function idsOf(query: Record<string, string | number>): Promise<string[]> {
  return (await stage.list({ tenant_id: 'shop', ...query })).body.messages.map(({ id }) => id);
}

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
