// Any input to any route gets an answer in time, below 500, and in the shape of contract section 2.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type AnyRequest, anyPath, anyRequest } from '../../support/http/any-request.js';
import { type OpenApiDocument, writtenDocument } from '../../support/http/openapi-document.js';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, FAR, setApiStage } from '../../support/stage/api-stage.js';

const HANG_MS = 30_000;
/** A failure says with which seed and path it comes back: `{ seed, path, endOnFailure: true }` beside these. */
const bounds = {
  // Most input is refused before a database is asked.
  numRuns: process.env.TEST_DATABASE === 'postgresql' ? 10 : 25,
  interruptAfterTimeLimit: 8000,
};

/** What is there, and what may be deleted; nothing here is an address outside this machine. */
const known = {
  id: ['main', 'known', 'spare'],
  tenant_id: ['shop', 'shop', null, 'spare'],
  account_id: ['main', null],
  host: ['127.0.0.1'],
  port: [9],
  from: ['a@example.com', 'Ann <a@example.com>'],
  to: ['b@example.org', ['b@example.org']],
  cc: [null, 'c@example.org'],
  bcc: [null],
  deferred_ts: [FAR, null],
  client_base_url: ['http://127.0.0.1:9', null],
  cursor: ['01ARZ3NDEKTSV4RRFFQ69G5FAV'],
  status: ['pending', 'sent'],
  limit: [1, 1000],
};

/** Contract sections 2 and 4. */
const sentence = z.string().min(1);
const refusal = z.strictObject({ detail: sentence });
const fault = z.strictObject({
  loc: z.tuple([z.enum(['body', 'query'])], z.union([z.string(), z.int()])),
  msg: sentence,
  type: sentence,
});
const misfit = z.strictObject({ detail: z.array(fault).min(1) });
const rejected = z.array(z.strictObject({ id: z.string().nullable(), reason: sentence }));
const rejection = z.strictObject({
  detail: z.strictObject({ error: sentence, rejected }),
  warnings: z.array(sentence).optional(),
});

let stage: ApiStage;
let token: string;
const agent = new Agent({ keepAlive: true });
const document: OpenApiDocument = await writtenDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

beforeAll(async () => {
  // Nothing is sent, and an account that is tried out does not take long.
  stage = await setApiStage({
    GMP_START_ACTIVE: '0',
    GMP_SMTP_CONNECT_TIMEOUT_SECONDS: '1',
    GMP_SMTP_REPLY_TIMEOUT_SECONDS: '1',
  });
  token = await stage.tenant('shop');
});
afterAll(async () => {
  agent.destroy();
});

test.each(operations)('$method $path', async ({ method, path, operation }) => {
  await stage.tenant('spare', { client_auth: null });
  for (const tenant of ['shop', 'spare']) await stage.account(tenant, 'main', { port: 9 });
  await fc.assert(fc.asyncProperty(anyRequest(document, { method, path, operation }, known), holds), bounds);
});

test('unknown paths and methods', () =>
  fc.assert(fc.asyncProperty(anyPath, holds), { ...bounds, numRuns: 200 }));

test('no call was logged as a fault, and the service is still ready', async () => {
  expect(stage.service.output()).not.toContain('A request failed');
  expect((await stage.service.api('GET', '/ready')).status).toBe(200);
});

async function holds(given: AnyRequest): Promise<void> {
  const { status, headers, text } = await send(given);
  expect(status).toBeLessThan(500);
  expect(headers['x-request-id']).toMatch(/^[\w=-]{1,255}$/);
  if (status < 400 || given.method === 'HEAD') return;
  expect(headers['content-type']).toMatch(/^application\/json/);
  const shape = status === 422 ? misfit : status === 400 ? z.union([refusal, rejection]) : refusal;
  expect(shape.safeParse(JSON.parse(text)).error, text).toBeUndefined();
}

function send({ method, path, headers, body, caller }: AnyRequest) {
  const tokens = { admin: ADMIN_TOKEN, tenant: token, nobody: undefined };
  const own = tokens[caller];
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const call = request(
      {
        port: stage.service.port,
        agent,
        method,
        path,
        headers: {
          ...headers,
          ...(body && { 'content-length': body.length }),
          ...(own && { 'x-api-token': own }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    call.setTimeout(HANG_MS, () => call.destroy(new Error(`no answer within ${HANG_MS} ms`)));
    call.on('error', reject);
    call.end(body);
  });
}
