// Large bodies share a bounded memory (GMP_MAX_PAYLOADS_MB); further ones wait or are answered 503.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { openRawCall, type RawCall } from '../../support/http/raw-call.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

const MEBIBYTE = 1024 * 1024;

let stage: ApiStage;
const keys: Record<string, string> = {};
beforeAll(async () => {
  stage = await setApiStage({ GMP_MAX_BODY_MB: '2', GMP_MAX_PAYLOADS_MB: '4' });
  for (const tenant of ['one', 'two', 'three', 'four']) {
    keys[tenant] = await stage.tenant(tenant);
    await stage.account(tenant, 'main');
  }
});

let open: RawCall[] = [];
beforeEach(() => {
  for (const call of open) call.cut();
  open = [];
});

/** A call with a body of two MiB, of which the last byte is left to be sent. */
function begin(tenant: string, how: 'length' | 'chunks' = 'length'): RawCall & { finish(): void } {
  const given = message({ tenant_id: tenant });
  const empty = JSON.stringify({ messages: [{ ...given, body: '' }] });
  const body = JSON.stringify({ messages: [{ ...given, body: 'x'.repeat(2 * MEBIBYTE - empty.length) }] });
  const call = openRawCall(stage.service.port);
  open.push(call);
  const head = `POST /commands/add-messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Token: ${keys[tenant]}\r\n`;
  const [all, last] = [body.slice(0, -1), body.slice(-1)];
  if (how === 'length') call.send(`${head}Content-Length: ${body.length}\r\n\r\n${all}`);
  else call.send(`${head}Transfer-Encoding: chunked\r\n\r\n${all.length.toString(16)}\r\n${all}\r\n`);
  return { ...call, finish: () => call.send(how === 'length' ? last : `1\r\n${last}\r\n0\r\n\r\n`) };
}

const small = (tenant: string) =>
  stage.add([message({ tenant_id: tenant })], { token: keys[tenant] ?? null });

/** Each tenant begins a body. There is room for two, and one more may exceed it. */
const beginAll = (how?: 'length' | 'chunks') => Object.keys(keys).map((tenant) => begin(tenant, how));

test.each(['length', 'chunks'] as const)(
  'Large bodies (%s) wait while others fill the room, and are served when these end',
  async (how) => {
    const calls = beginAll(how);
    await small('three');
    for (const call of calls) expect(call.answer()).toBe('');
    for (const call of calls) call.finish();
    for (const call of calls) expect(await call.closed).toMatch(/^HTTP\/1\.1 200 /);
  },
);

test('A tenant that sends several large bodies slowly leaves room for the others', async () => {
  const slow = [begin('one'), begin('one'), begin('one')];
  await small('two');
  const two = begin('two');
  two.finish();
  expect(await two.closed).toMatch(/^HTTP\/1\.1 200 /);
  for (const call of slow) expect(call.answer()).toBe('');
});

test('A large body that finds no room in time is answered 503 with Retry-After, and small bodies never wait', async () => {
  const calls = beginAll();
  expect((await small('three')).body.queued).toBe(1);
  expect(await Promise.race(calls.map(({ closed }) => closed))).toMatch(
    /^HTTP\/1\.1 503 .*\r\nretry-after: 5\r\n.*"Too many large calls at once/is,
  );
});

test('The room of a caller that hangs up is given to the next one', async () => {
  const [one, two, ...others] = beginAll();
  await small('three');
  one?.cut();
  two?.cut();
  for (const call of others) call.finish();
  for (const call of others) expect(await call.closed).toMatch(/^HTTP\/1\.1 200 /);
  expect(stage.service.output()).not.toContain('A request failed');
});

test('A large body of the admin never waits for the bodies of tenants', async () => {
  const calls = beginAll();
  await small('three');
  const large = message({ tenant_id: 'one', body: 'x'.repeat(1.9 * MEBIBYTE) });
  expect((await stage.add([large])).body).toMatchObject({ queued: 1 });
  for (const call of calls) expect(call.answer()).toBe('');
});
