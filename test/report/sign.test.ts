// Reports of a tenant with a secret verify with the library of Standard Webhooks; other reports are not signed.
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../support/programs/service.js';
import type { AppCall } from '../support/servers/report-app.js';
import type { SmtpSink } from '../support/servers/smtp-sink.js';
import { mail } from '../support/stage/mail.js';
import { type Stage, setStage } from '../support/stage/set-stage.js';
import { query } from '../support/stage/tables.js';
import { addTenant } from '../support/stage/tenant.js';

const SETTINGS = { GMP_REPORT_BATCH_SIZE: '2' };

let stage: Stage;
let service: Service;
let server: SmtpSink;
beforeAll(async () => {
  stage = await setStage();
  server = await stage.sink();
  service = await stage.service(SETTINGS);
});

interface Made {
  ok: boolean;
  webhook_secret: string;
  previous_expires_at?: number;
}

async function renew(tenantId: string, body?: object): Promise<Made> {
  const made = await service.api<Made>('POST', `/tenant/${tenantId}/webhook-secret`, body);
  expect(made.status).toBe(200);
  return made.body;
}

/** Verifies as a receiver would. @throws if the signature does not fit */
const verify = (secret: string, { raw, headers }: Pick<AppCall, 'raw' | 'headers'>) =>
  new Webhook(secret).verify(raw, headers as Record<string, string>) as { delivery_report: { id: string }[] };

const signatures = ({ headers }: AppCall) => String(headers['webhook-signature']).split(' ');

async function signedTenant(id: string) {
  const app = await stage.app();
  const tenant = await addTenant(service, id, { app, server });
  const report = async (messageId: string) => {
    await tenant.handIn(service, [mail(messageId)]);
    await app.waitForEntry((entry) => entry.id === messageId);
    return app.calls.at(-1)!;
  };
  return { app, tenant, report };
}

test('a report verifies with the secret, and not when its body, time, id or the secret is another', async () => {
  const { report } = await signedTenant('signed');
  const { webhook_secret: secret, ...rest } = await renew('signed');
  expect(rest).toEqual({ ok: true });
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  const call = await report('größe-1');
  expect(verify(secret, call).delivery_report).toMatchObject([{ id: 'größe-1' }]);
  expect(signatures(call)).toHaveLength(1);
  const { headers, raw } = call;
  const altered = [
    { headers, raw: Buffer.from(`${raw} `) },
    { raw, headers: { ...headers, 'webhook-id': 'msg_other' } },
    { raw, headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) } },
  ];
  for (const one of altered) expect(() => verify(secret, one)).toThrow(WebhookVerificationError);
  const { webhook_secret: another } = await renew('signed', { previous_expires_at: 0 });
  expect(() => verify(another, call)).toThrow(WebhookVerificationError);
});

test('while a secret is changed, a report verifies with the new one and the one before, never with an older', async () => {
  const { report } = await signedTenant('rotating');
  const [oldest, previous, newest] = [
    await renew('rotating'),
    await renew('rotating'),
    await renew('rotating'),
  ];
  const inADay = Math.floor(Date.now() / 1000) + 86_400;
  expect(Math.abs((newest.previous_expires_at ?? 0) - inADay)).toBeLessThan(60);
  const call = await report('m1');
  expect(signatures(call)).toHaveLength(2);
  for (const { webhook_secret } of [newest, previous]) expect(verify(webhook_secret, call)).toBeDefined();
  expect(() => verify(oldest.webhook_secret, call)).toThrow(WebhookVerificationError);

  const past = Date.now() - 1;
  await query(stage.database, `UPDATE tenants SET webhook_previous_until = ${past} WHERE id = 'rotating'`);
  const later = await report('m2');
  expect(signatures(later)).toHaveLength(1);
  expect(verify(newest.webhook_secret, later)).toBeDefined();
});

test('a batch that is tried again has the same id and events and a new time and signature; another batch has another id', async () => {
  const app = await stage.app({ answer: (_call, n) => (n <= 2 ? { status: 500 } : undefined) });
  const tenant = await addTenant(service, 'again', { app, server });
  const { webhook_secret: secret } = await renew('again');
  await tenant.handIn(service, [mail('a'), mail('b'), mail('c'), mail('d')]);
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  const bodiesById = new Map<string, Set<string>>();
  for (const call of app.calls) {
    verify(secret, call);
    const id = String(call.headers['webhook-id']);
    bodiesById.set(id, (bodiesById.get(id) ?? new Set()).add(call.raw.toString()));
  }
  const idsByBody = new Map<string, Set<string>>();
  for (const [id, bodies] of bodiesById) {
    expect(bodies.size).toBe(1);
    for (const body of bodies) idsByBody.set(body, (idsByBody.get(body) ?? new Set()).add(id));
  }
  for (const ids of idsByBody.values()) expect(ids.size).toBe(1);
  // It was tried again, or nothing has been shown.
  expect(app.calls.length).toBeGreaterThan(bodiesById.size);
});

test('without a secret, and after it has ended, a report carries none of the headers', async () => {
  const { report } = await signedTenant('plain');
  const before = await report('m1');
  await renew('plain');
  const signed = await report('m2');
  expect((await service.api('DELETE', '/tenant/plain/webhook-secret')).body).toEqual({ ok: true });
  const after = await report('m3');
  const names = ({ headers }: AppCall) => Object.keys(headers).filter((name) => name.startsWith('webhook-'));
  expect([before, signed, after].map((call) => names(call).length)).toEqual([0, 3, 0]);
});

test('the secret is shown once: afterwards the tenant shows that there is one, and neither database nor log has it', async () => {
  const { tenant } = await signedTenant('hidden');
  const shown = async () => (await service.api('GET', `/tenant/${tenant.id}`)).body.webhook_secret;
  expect(await shown()).toBeUndefined();
  const { webhook_secret: secret } = await renew(tenant.id);
  expect(await shown()).toBe('***');
  // Settings that are put back as they were shown leave it as it is.
  const { body } = await service.api('GET', `/tenant/${tenant.id}`);
  expect((await service.api('POST', '/tenant', body)).status).toBe(200);
  expect(await shown()).toBe('***');
  const rows = [
    ...(await query(stage.database, 'SELECT * FROM tenants')),
    ...(await query(stage.database, 'SELECT * FROM command_log')),
  ];
  const told = JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  expect(told).toContain('hidden');
  expect(told + service.output()).not.toContain(secret);
  expect(told + service.output()).not.toContain(secret.slice('whsec_'.length));
});

test('an unknown tenant has no secret to renew or to end', async () => {
  for (const method of ['POST', 'DELETE']) {
    expect((await service.api(method, '/tenant/nobody/webhook-secret')).status).toBe(404);
  }
});
