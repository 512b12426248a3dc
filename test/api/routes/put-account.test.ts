// Creating and replacing accounts, and the input that is refused (contract section 6).
import { beforeAll, describe, expect, test } from 'vitest';
import { startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, type Misfit, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
});

const postAccount = (body: object) =>
  stage.service.api('POST', '/account', {
    id: 'main',
    tenant_id: 'shop',
    host: 'localhost',
    port: 25,
    ...body,
  });

async function faultsOf(answer: Promise<{ status: number; body: unknown }>): Promise<string[]> {
  const { status, body } = await answer;
  if (status !== 422) throw new Error(`${status} ${JSON.stringify(body)}`);
  return [...new Set((body as Misfit).detail.map(({ loc }) => loc.join('.')))];
}

describe('an account', () => {
  test('is answered with ok alone, created or replaced, and the last call counts', async () => {
    const sink = await startSmtpSink({ auth: { user: 'me', pass: 'right' } });
    const mine = { id: 'mine', host: sink.host, port: sink.port, user: 'me', use_tls: false };
    expect(await postAccount({ ...mine, password: 'wrong', port: 1 })).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    const replaced = await postAccount({ ...mine, password: 'right' });
    expect(replaced.body).toEqual({ ok: true });
    await stage.add([message({ account_id: 'mine', deferred_ts: undefined })]);
    await sink.waitFor(1);
    await sink.stop();
  });

  test('may have all fields of the contract, and null for optional ones', async () => {
    const full = {
      user: 'ü',
      password: 'p ü',
      use_tls: true,
      allow_plaintext: true,
      ehlo_name: 'out.shop.test',
      ttl: 60,
      limit_per_minute: 1,
      limit_per_hour: 0,
      limit_per_day: 1000,
      limit_behavior: 'reject',
      spread: true,
      batch_size: 5,
      max_connections: 3,
      on_in_doubt: 'hold',
      keep_transcripts: true,
    };
    expect((await postAccount({ ...full, id: 'full' })).status).toBe(200);
    const { body } = await stage.service.api('GET', '/account/full?tenant_id=shop');
    expect(body).toMatchObject({ ...full, password: '***' });
    const nothing = {
      user: null,
      password: null,
      use_tls: null,
      allow_plaintext: null,
      ehlo_name: null,
      limit_per_minute: null,
      limit_per_hour: null,
      limit_per_day: null,
      batch_size: null,
      max_connections: null,
      ttl: null,
      limit_behavior: null,
      spread: null,
      on_in_doubt: null,
      keep_transcripts: null,
    };
    expect((await postAccount({ ...nothing, id: 'full' })).status).toBe(200);
    const { body: bare } = await stage.service.api<object>('GET', '/account/full?tenant_id=shop');
    const { created_at, updated_at, ...rest } = bare as Record<string, unknown>;
    expect(rest).toEqual({
      id: 'full',
      tenant_id: 'shop',
      host: 'localhost',
      port: 25,
      allow_plaintext: false,
      ttl: 300,
      limit_behavior: 'defer',
      spread: false,
      on_in_doubt: 'resend',
      keep_transcripts: false,
    });
  });

  test('may carry the field for certified mail that other clients send; it has no effect', async () => {
    expect((await postAccount({ is_pec_account: true, id: 'pec' })).status).toBe(200);
    const change = await stage.service.api('PUT', '/account/pec?tenant_id=shop', { is_pec_account: true });
    expect(change.status).toBe(200);
    const { body } = await stage.service.api<object>('GET', '/account/pec?tenant_id=shop');
    expect(body).not.toHaveProperty('is_pec_account');
  });

  test.each([
    'smtp.example.com',
    'localhost',
    'my_container',
    '192.0.2.1',
    '2001:db8::1',
    '::1',
    'bücher.example',
    'smtp.example.com.',
    'a--b.example',
  ])('may have the host %s', async (host) => {
    expect((await postAccount({ host })).status).toBe(200);
  });

  test.each([
    ['id', [undefined, null, '', 'x'.repeat(256), 5, 'a\u0000b', 'a\nb', '\ud800']],
    ['tenant_id', [5, 'a\u0000', '\udc00', 'x'.repeat(256), undefined, null]],
    [
      'host',
      [
        undefined,
        null,
        '',
        ' ',
        'a b',
        'http://x',
        'x/y',
        'user@x',
        'x:25',
        'a..b',
        '-a.b',
        'a\u0000',
        'x\r\n',
        `${'a.'.repeat(130)}b`,
        5,
      ],
    ],
    ['port', [undefined, null, '', 0, -1, 65_536, 99_999_999, 25.5, '25x', 1e300, true]],
    ['user', [5, 'a\u0000', 'a\r\nb', 'x'.repeat(1001)]],
    ['password', [5, {}, 'a\u0000', 'a\nb', 'x'.repeat(10_001)]],
    ['use_tls', [2, {}, 'starttls']],
    ['ehlo_name', ['vm', 'a b.test', 'a.test\r\nQUIT', '192.0.2.1', '[x]', 5]],
    ['ttl', [-1, 1.5, 86_401, '300s']],
    ['limit_per_minute', [-1, 1.5, '10.5', 1e10, 1e300]],
    ['limit_per_hour', [-1]],
    ['limit_per_day', [-1]],
    ['limit_behavior', ['any', 5]],
    ['spread', ['maybe', 2]],
    ['batch_size', [-1, 1.5]],
    ['max_connections', [-1, 1.5, 1001]],
    ['on_in_doubt', ['forget', 5]],
    ['keep_transcripts', ['maybe', 2]],
  ])('with a bad %s is answered 422 with its name', async (field, values) => {
    for (const value of values) {
      const faults = await faultsOf(postAccount({ [field]: value }));
      expect({ value, faults }).toEqual({ value, faults: [`body.${field}`] });
    }
  });

  test('of an unknown tenant is answered 404', async () => {
    const { status, body } = await postAccount({ tenant_id: 'nobody' });
    expect({ status, body }).toEqual({ status: 404, body: { detail: 'tenant not found' } });
  });

  test('of the same id belongs to each tenant alone', async () => {
    await stage.tenant('neighbour');
    await stage.account('neighbour', 'theirs');
    const given = message({ account_id: 'theirs' });
    expect((await stage.add([given])).body.detail?.rejected[0]?.reason).toBe('account not found for tenant');
    await postAccount({ id: 'theirs' });
    expect((await stage.add([given])).body.queued).toBe(1);
  });
});
