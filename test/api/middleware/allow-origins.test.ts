// Pages of other origins may call the API from a browser only if GMP_CORS_ORIGINS names their origin.
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

const APP = 'https://app.example.com';
const OTHERS = [
  'https://evil.example.com',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com.evil.com',
  'HTTPS://APP.EXAMPLE.COM',
  'null',
];

let closed: ApiStage;
let open: ApiStage;
beforeAll(async () => {
  [closed, open] = await Promise.all([
    setApiStage(),
    setApiStage({ GMP_CORS_ORIGINS: `${APP}, http://localhost:3000` }),
  ]);
});

const allowed = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control'));

function preflight(stage: ApiStage, origin: string) {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'x-api-token',
  };
  return stage.service.api('OPTIONS', '/commands/add-messages', undefined, { token: null, headers });
}

test('Without the setting no origin is allowed, and a preflight request is answered 405', async () => {
  for (const origin of [APP, ...OTHERS]) {
    const { status, headers } = await preflight(closed, origin);
    expect(status).toBe(405);
    expect(allowed(headers)).toEqual([]);
    const read = await closed.service.api('GET', '/status', undefined, { headers: { origin } });
    expect(read.status).toBe(200);
    expect(allowed(read.headers)).toEqual([]);
  }
});

describe('an origin that is named', () => {
  test('learns without a token what it may send', async () => {
    for (const origin of [APP, 'http://localhost:3000']) {
      const { status, headers } = await preflight(open, origin);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST,PUT,DELETE');
      expect(headers.get('access-control-allow-headers')).toBe(
        'Authorization,Content-Type,Idempotency-Key,X-API-Token,X-Request-Id',
      );
      expect(headers.get('vary')).toContain('Origin');
      expect(headers.get('x-request-id')).not.toBeNull();
      // Tokens are not cookies: no page sends one that it does not know.
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  test('may read every answer, also a refusal', async () => {
    for (const [path, token, status] of [
      ['/status', undefined, 200],
      ['/status', null, 401],
      ['/status', 'wrong', 401],
      ['/nothing', undefined, 404],
      ['/account', undefined, 405],
      ['/messages', undefined, 422],
    ] as const) {
      const options = { headers: { origin: APP }, ...(token !== undefined && { token }) };
      const answer = await open.service.api('GET', path, undefined, options);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
      expect(answer.headers.get('access-control-expose-headers')).toBe(
        'Idempotency-Replayed,Retry-After,X-Request-Id',
      );
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });
});

test('An origin that is not named, even if it looks alike, is allowed nothing', async () => {
  for (const origin of OTHERS) {
    const asked = await preflight(open, origin);
    expect(asked.status).toBe(405);
    expect(allowed(asked.headers)).toEqual([]);
    const { headers } = await open.service.api('GET', '/status', undefined, { headers: { origin } });
    expect(allowed(headers)).toEqual([]);
    expect(headers.get('vary')).toBe('Origin');
  }
});
