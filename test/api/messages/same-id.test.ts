// The same id again (contract section 4): an unsent message is replaced, a sent one is not, and there is one delivery.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, FAR, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
beforeAll(async () => {
  sink = await startSmtpSink();
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main', { host: sink.host, port: sink.port });
  await stage.tenant('other');
  await stage.account('other', 'theirs');
});
afterAll(async () => {
  await stage.remove();
  await sink.stop();
});

/** A message that is sent at once. */
const now = (fields: object = {}) => message({ deferred_ts: undefined, ...fields });

async function stored(id: string) {
  const { body } = await stage.list({ tenant_id: 'shop' });
  return body.messages.find((one) => one.id === id);
}

async function sent(id: string): Promise<void> {
  await waitFor(`${id} to be sent`, async () => (await stored(id))?.status === 'sent');
}

describe('the same id again', () => {
  test('replaces an unsent message, which is delivered once, in its last form', async () => {
    const id = 'replaced';
    expect((await stage.add([message({ id, subject: 'First', priority: 3 })])).body.queued).toBe(1);
    const before = await stored(id);
    const again = now({ id, subject: 'Second', priority: 0, batch_code: 'later' });
    expect((await stage.add([again])).body).toEqual({ ok: true, queued: 1, rejected: [] });
    const mails = await sink.waitFor(() => sink.messages.some(({ raw }) => raw.includes('Subject: Second')));
    await sent(id);
    expect(mails.filter(({ raw }) => raw.includes(`X-Genro-Mail-ID: ${id}\r\n`))).toHaveLength(1);
    const after = await stored(id);
    expect(after).toMatchObject({
      pk: before?.pk,
      priority: 0,
      batch_code: 'later',
      message: { subject: 'Second' },
    });
    expect(after).not.toHaveProperty('deferred_ts');
  });

  test('twice in one call: the last one wins, with one delivery', async () => {
    const id = 'twice';
    const { body } = await stage.add([now({ id, subject: 'Early' }), now({ id, subject: 'Late' })]);
    expect(body).toEqual({ ok: true, queued: 2, rejected: [] });
    await sent(id);
    const mails = sink.messages.filter(({ raw }) => raw.includes(`X-Genro-Mail-ID: ${id}\r\n`));
    expect(mails).toHaveLength(1);
    expect(mails[0]?.raw.toString()).toContain('Subject: Late');
    expect((await stored(id))?.message).toMatchObject({ subject: 'Late' });
  });

  test('of a sent message is rejected as already sent: 200 if nothing else was wrong, beside good and bad messages alike', async () => {
    const id = 'done';
    await stage.add([now({ id, subject: 'First' })]);
    await sent(id);
    const again = { id, reason: 'already sent' };
    const alone = await stage.add([now({ id, subject: 'Another' })]);
    expect(alone).toMatchObject({ status: 200, body: { ok: true, queued: 0, rejected: [again] } });
    const withGood = await stage.add([now({ id }), message()]);
    expect(withGood).toMatchObject({ status: 200, body: { ok: true, queued: 1, rejected: [again] } });
    const withBad = await stage.add([now({ id }), message({ to: '' })]);
    expect(withBad.status).toBe(400);
    expect(withBad.body.detail?.rejected).toHaveLength(2);
    expect((await stored(id))?.message).toMatchObject({ subject: 'First' });
  });

  test('of two tenants is two messages', async () => {
    const id = 'shared';
    await stage.add([
      message({ id, subject: 'Shop' }),
      message({ id, subject: 'Other', tenant_id: 'other' }),
    ]);
    expect((await stored(id))?.message).toMatchObject({ subject: 'Shop' });
    const { body } = await stage.list({ tenant_id: 'other' });
    expect(body.messages.find((one) => one.id === id)?.message).toMatchObject({ subject: 'Other' });
  });

  test('may be used after it was rejected', async () => {
    const id = 'second-try';
    expect(await stage.reasonFor(message({ id, account_id: 'nothing' }))).toBe(
      'account not found for tenant',
    );
    expect(await stage.reasonFor(message({ id, to: 'nobody' }))).toContain('to: ');
    expect((await stage.add([message({ id })])).body.queued).toBe(1);
    expect(await stored(id)).toMatchObject({ status: 'deferred' });
  });

  test('in a bad message does not change the good one that is stored', async () => {
    const id = 'kept';
    await stage.add([message({ id, subject: 'Good', batch_code: 'b' })]);
    const before = await stored(id);
    for (const bad of [
      { account_id: 'nothing' },
      { to: 'nobody' },
      { subject: 'a\r\nb' },
      { priority: 'x' },
    ]) {
      expect(await stage.reasonFor(message({ id, subject: 'Bad', ...bad }))).toBeDefined();
    }
    expect(await stored(id)).toEqual(before);
    expect(before).toMatchObject({ account_id: 'main', deferred_ts: FAR, message: { subject: 'Good' } });
  });
});

test('Calls at the same moment with the same ids leave each message once', async () => {
  const ids = Array.from({ length: 20 }, (_, i) => `race-${i}`);
  const calls = Array.from({ length: 10 }, () =>
    stage.add(ids.map((id) => message({ id, batch_code: 'race' }))),
  );
  for (const { status, body } of await Promise.all(calls)) {
    expect({ status, body }).toEqual({ status: 200, body: { ok: true, queued: 20, rejected: [] } });
  }
  const { body } = await stage.list({ tenant_id: 'shop', batch_code: 'race' });
  expect(body.messages.map(({ id }) => id).sort()).toEqual([...ids].sort());
});
