// Every answer, also one without a route, has a request id and the headers that protect browsers.
import { beforeAll, describe, expect, test } from 'vitest';
import { rawCall } from '../../support/http/raw-call.js';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

const raw = (text: string) => rawCall(stage.service.port, text);

const ofData = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

test('Answers of every status forbid browsers to guess, frame, keep and run them', async () => {
  const answers = [
    await stage.service.api('GET', '/health', undefined, { token: null }),
    await stage.service.api('GET', '/openapi.json', undefined, { token: null }),
    await stage.service.api('GET', '/status', undefined, { token: null }),
    await stage.service.api('GET', '/nothing'),
    await stage.service.api('GET', '/account'),
    await stage.service.api('POST', '/tenant', '{'),
    await stage.list({ tenant_id: 'shop' }),
    await stage.add([message()]),
    await stage.service.api('HEAD', '/health'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 404, 405, 422, 200, 200, 200]);
  for (const { headers } of answers) {
    expect(Object.fromEntries(headers)).toMatchObject(ofData);
    // For the proxy in front to decide; and what runs here is nobody's business.
    for (const name of ['strict-transport-security', 'server', 'x-powered-by'])
      expect(headers.get(name)).toBeNull();
  }
});

test('A page may set its own caching and content policy, but cannot be framed', async () => {
  const { headers } = await stage.service.api('GET', '/docs', undefined, { token: null });
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('x-frame-options')).toBe('DENY');
});

describe('bytes that are not HTTP, and calls without a route, are answered as JSON with a request id', () => {
  const head = 'Host: localhost\r\nConnection: close\r\n';
  test.each([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['the start of TLS', '\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n', 400],
    ['a method that HTTP does not know', `BREW /health HTTP/1.1\r\n${head}\r\n`, 400],
    ['a header line without a colon', `GET /health HTTP/1.1\r\n${head}oops\r\n\r\n`, 400],
    ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two lengths', `POST /tenant HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, 400],
    [
      'a length beside chunks',
      `POST /tenant HTTP/1.1\r\n${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a length that is none', `POST /tenant HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n`, 400],
    ['headers of 100 KB', `GET /health HTTP/1.1\r\n${head}X: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['10,000 headers', `GET /health HTTP/1.1\r\n${head}${'a:b\r\n'.repeat(10_000)}\r\n`, 431],
    ['a tunnel', `CONNECT elsewhere:443 HTTP/1.1\r\n${head}\r\n`, 405],
    ['an expectation', `POST /tenant HTTP/1.1\r\n${head}Expect: the worst\r\nContent-Length: 0\r\n\r\n`, 417],
    [
      'chunks that are none',
      `POST /tenant HTTP/1.1\r\n${head}X-API-Token: ${ADMIN_TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
  ])('%s', async (_what, bytes, status) => {
    const answer = await raw(bytes);
    const [headers = '', body = ''] = answer.split('\r\n\r\n');
    expect(headers).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(headers).toMatch(/\r\nX-Request-Id: [\w-]{36}(\r\n|$)/i);
    expect(headers).toMatch(/\r\nX-Content-Type-Options: nosniff(\r\n|$)/i);
    expect(headers).toMatch(/\r\nContent-Type: application\/json/i);
    expect(JSON.parse(body)).toEqual({ detail: expect.any(String) });
    expect((await stage.service.api('GET', '/health')).status).toBe(200);
  });

  test('such an answer is never sent in the middle of another', async () => {
    const many = Array.from({ length: 200 }, () => message({ body: 'x'.repeat(20_000) }));
    expect((await stage.add(many)).body.queued).toBe(200);
    const list = `GET /messages?tenant_id=shop HTTP/1.1\r\nHost: x\r\nX-API-Token: ${ADMIN_TOKEN}\r\n\r\n`;
    const answer = await raw(`${list}nonsense\r\n\r\n`);
    expect(answer).not.toMatch(/[^\n]HTTP\/1\.1 400/);
  });
});

test('A request to upgrade the protocol, as Java sends it, is served as plain HTTP, and the connection is closed', async () => {
  const body = JSON.stringify({ messages: [message()] });
  const answer = await raw(
    `POST /commands/add-messages HTTP/1.1\r\nHost: x\r\nX-API-Token: ${ADMIN_TOKEN}\r\n` +
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*"queued":1/s);
});
