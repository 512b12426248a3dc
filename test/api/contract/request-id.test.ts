// X-Request-Id names each call, in its answer and in the log (contract section 2).
import { beforeAll, describe, expect, test } from 'vitest';
import { rawCall } from '../../support/http/raw-call.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
});

describe('X-Request-Id', () => {
  test('stands on every answer, whatever its status, and differs', async () => {
    const answers = [
      await stage.service.api('GET', '/health', undefined, { token: null }),
      await stage.service.api('GET', '/openapi.json', undefined, { token: null }),
      await stage.service.api('GET', '/status'),
      await stage.service.api('GET', '/status', undefined, { token: null }),
      await stage.service.api('GET', '/nothing'),
      await stage.service.api('PATCH', '/tenant'),
      await stage.service.api('POST', '/tenant', '{'),
      await stage.service.api('POST', '/tenant', {}),
      await stage.list({ tenant_id: '' }),
      await stage.add([{}]),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 404, 405, 422, 422, 400, 400]);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(ids.every((id) => id !== null && /^[\w-]{8,}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is the one that the caller sent if it is harmless, and never one that could forge a log line', async () => {
    const sent = async (id: string) =>
      (await stage.service.api('GET', '/health', undefined, { headers: { 'x-request-id': id } })).headers.get(
        'x-request-id',
      );
    expect(await sent('call-17')).toBe('call-17');
    for (const id of ['a b', '<script>', 'x'.repeat(300), '"quoted"']) expect(await sent(id)).not.toBe(id);
  });

  test('stands on the answer to an invalid address or Host header', async () => {
    for (const head of ['GET /health HTTP/1.1\r\nHost: a b', 'GET http://[ HTTP/1.1\r\nHost: x']) {
      const answer = await rawCall(stage.service.port, `${head}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\nx-request-id: \S+\r\n.*\{"detail":"Bad Request"\}$/is);
    }
  });
});
