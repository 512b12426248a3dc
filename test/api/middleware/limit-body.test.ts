// A body over GMP_MAX_BODY_MB is refused as a whole, however it is sent (contract sections 2 and 4).
import { type IncomingMessage, request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

const MEBIBYTE = 1024 * 1024;

let stage: ApiStage;
let key: string;
beforeAll(async () => {
  stage = await setApiStage({ GMP_MAX_BODY_MB: '1' });
  key = await stage.tenant('shop');
  await stage.account('shop', 'main');
});

/** A call of exactly this many bytes. */
function callOfBytes(bytes: number): { json: string; id: string } {
  const given = message();
  const empty = JSON.stringify({ messages: [{ ...given, body: '' }] });
  const json = JSON.stringify({ messages: [{ ...given, body: 'x'.repeat(bytes - empty.length) }] });
  return { json, id: given.id };
}

/** In chunks, without a Content-Length. */
function sendChunked(
  path: string,
  body: string,
  token: string | null,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { 'transfer-encoding': 'chunked', ...(token !== null && { 'x-api-token': token }) };
    const call = request(
      stage.service.url + path,
      { method: 'POST', headers },
      (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      },
    );
    call.on('error', reject);
    for (let at = 0; at < body.length; at += 50_000) call.write(body.slice(at, at + 50_000));
    call.end();
  });
}

async function storedIds(): Promise<string[]> {
  return (await stage.list({ tenant_id: 'shop' })).body.messages.map(({ id }) => id);
}

const tooLarge = { detail: 'The body is larger than 1 MB' };

describe.each([
  ['with a Content-Length', (json: string) => stage.service.api('POST', '/commands/add-messages', json)],
  [
    'in chunks, without a Content-Length',
    (json: string) => sendChunked('/commands/add-messages', json, ADMIN_TOKEN),
  ],
])('a body %s', (_name, send) => {
  test('of exactly the limit is accepted', async () => {
    const { json, id } = callOfBytes(MEBIBYTE);
    expect(await send(json)).toMatchObject({ status: 200, body: { queued: 1, rejected: [] } });
    expect(await storedIds()).toContain(id);
  });

  test('of one byte more is answered 413, and nothing of it is queued', async () => {
    const { json, id } = callOfBytes(MEBIBYTE + 1);
    expect(await send(json)).toMatchObject({ status: 413, body: tooLarge });
    expect(await storedIds()).not.toContain(id);
  });

  test('of many times the limit is answered 413, and the next call is served', async () => {
    const { json } = callOfBytes(20 * MEBIBYTE);
    expect(await send(json)).toMatchObject({ status: 413, body: tooLarge });
    expect((await stage.add([message()])).status).toBe(200);
  });
});

test('The limit counts bytes, not characters', async () => {
  const { json } = callOfBytes(MEBIBYTE / 2 + 1000);
  const twice = json.replaceAll('x', 'é');
  expect(twice.length).toBeLessThan(MEBIBYTE);
  expect((await stage.service.api('POST', '/commands/add-messages', twice)).status).toBe(413);
});

test('The limit holds on every route that takes a body', async () => {
  for (const path of ['/tenant', '/account']) {
    const { status, body } = await stage.service.api('POST', path, { id: 'x'.repeat(MEBIBYTE) });
    expect({ path, status, body }).toEqual({ path, status: 413, body: tooLarge });
  }
});

test('Without a valid token a large body is answered 401 before it has arrived', async () => {
  const { json } = callOfBytes(20 * MEBIBYTE);
  for (const token of [null, 'wrong'])
    expect((await sendChunked('/commands/add-messages', json, token)).status).toBe(401);
  expect((await sendChunked('/tenant', json, key)).status).toBeGreaterThanOrEqual(400);
});

test('A body that never ends is answered 413 while it is being sent', async () => {
  // In this process the connection could be closed before the answer is read.
  const program = await stage.program({ GMP_MAX_BODY_MB: '1' });
  const answered = new Promise<number>((resolve, reject) => {
    const headers = { 'transfer-encoding': 'chunked', 'x-api-token': ADMIN_TOKEN };
    const call = request(`${program.url}/commands/add-messages`, { method: 'POST', headers });
    const chunk = Buffer.alloc(MEBIBYTE / 4, 'x');
    // Between any two chunks it looks for an answer: after that, the connection is closed under it.
    const more = () => {
      if (!call.destroyed) call.write(chunk, () => setImmediate(more));
    };
    call.once('response', ({ statusCode = 0 }) => {
      resolve(statusCode);
      call.destroy();
    });
    call.once('error', reject);
    more();
  });
  expect(await answered).toBe(413);
  const another = { messages: [message()] };
  expect((await program.api('POST', '/commands/add-messages', another)).status).toBe(200);
});
