// The answers of the API fit its document: every status is documented, and every body fits its schema.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type OpenApiDocument,
  type Operation,
  operationsOf,
  resolved,
  type Schema,
} from '../../support/http/openapi-document.js';
import { ADMIN_TOKEN, type ApiAnswer } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: ApiStage;
let sink: SmtpSink;
let document: OpenApiDocument;
let tokens: Record<string, string | null>;
beforeAll(async () => {
  const onRcpt = (address: string) =>
    address.startsWith('nobody@') ? { code: 550, message: 'no such user' } : undefined;
  [stage, sink] = await Promise.all([setApiStage(), startSmtpSink({ onRcpt })]);
  // Named as in the document's examples, so that these work.
  const shop = await stage.tenant('shop', {
    name: 'The shop',
    client_base_url: 'http://127.0.0.1:9',
    client_auth: { method: 'basic', user: 'proxy', password: 'secret' },
    rate_limits: { hourly: 1_000_000 },
    large_file_config: { enabled: true, action: 'warn' },
  });
  const full = { user: 'u', password: 'p', limit_per_day: 1_000_000, batch_size: 100, use_tls: false };
  await stage.account('shop', 'default', full);
  await stage.account('shop', 'main', { port: sink.port });
  tokens = { admin: ADMIN_TOKEN, shop, other: await stage.tenant('other'), wrong: 'wrong', none: null };
  const now = { deferred_ts: null, account_id: 'main' };
  await stage.add([
    message({ id: 'order-1', batch_code: 'b', ...now }),
    message({ id: 'refused', to: 'nobody@example.org', ...now }),
    message({ id: 'later', account_id: 'main', priority: 'high' }),
  ]);
  await waitFor('both to be done with', async () => {
    const { body } = await stage.list({ tenant_id: 'shop' });
    return body.messages.filter(({ status }) => ['sent', 'error'].includes(status)).length === 2;
  });
  // By the id of the example in the document.
  await query(
    stage.database,
    `INSERT INTO bulk_changes (id, tenant_id, action, selection, created_at)
     VALUES ('6a1f4c1e', 'shop', 'retry', '{"ids":["x"]}', 1)`,
  );
  document = (await stage.service.api<OpenApiDocument>('GET', '/openapi.json', undefined, { token: null }))
    .body;
});
afterAll(async () => {
  await sink.stop();
});

/** No object may have fields that its schema does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const { properties, additionalProperties } = schema as Schema;
  return typeof properties === 'object' && additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

function misfitOf(ajv: Ajv2020, operation: Operation, { status, body, headers }: ApiAnswer<unknown>) {
  const answer = operation.responses[status];
  if (answer === undefined) return `${status} is not documented: ${JSON.stringify(body)}`;
  const [type, media] = Object.entries(resolved(document, answer).content ?? {})[0] ?? [];
  if (!headers.get('content-type')?.startsWith(type ?? ''))
    return `${status} is ${headers.get('content-type')}`;
  if (type !== 'application/json') return undefined;
  const schema = JSON.parse(JSON.stringify(closed(media?.schema)).replaceAll('"#/', '"document#/'));
  return ajv.validate(schema, body)
    ? undefined
    : `${status} ${ajv.errorsText()}: ${JSON.stringify(ajv.errors?.[0]?.params)}`;
}

/** What shows things comes before what changes them, and that before what deletes them. */
function rankOf(name: string): number {
  if (name === 'DELETE /tenant/{id}') return order.length;
  return order.indexOf(name.split(' ')[0] ?? '');
}
const order = ['GET', 'PUT', 'POST', 'DELETE'];

interface Call {
  token: string;
  id?: string;
  query?: string;
  body?: unknown;
}

const queries = [
  '',
  'tenant_id=',
  'tenant_id=nobody',
  'tenant_id=shop&active_only=perhaps&limit=x&since_ts=x&cursor=x&until_ts=x&batch_code=',
  'tenant_id=shop&include_history=true&active_only=false',
];
const ids = ['refused', 'nobody', 'not!an%20id', '%00'];

test('For any caller and input, the status is documented and the body fits', async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', components: closed(document.components) as object });
  const misfits: string[] = [];
  const seen = new Set<string>();
  const call = async (
    name: string,
    operation: Operation,
    { id = '', query = 'tenant_id=shop', ...how }: Call,
  ) => {
    const [method = '', path = ''] = name.split(' ');
    const example = operation.parameters?.find((one) => one.in === 'path')?.example;
    const address = `${path.replace('{id}', id || String(example))}${query && '?'}${query}`;
    const answer = await stage.service.api<unknown>(method, address, how.body, {
      token: tokens[how.token] ?? null,
    });
    seen.add(`${name} ${answer.status}`);
    const misfit = misfitOf(ajv, operation, answer);
    if (misfit) misfits.push(`${method} ${address} as ${how.token}: ${misfit}`);
  };
  const operations = operationsOf(document).sort((a, b) => rankOf(a.name) - rankOf(b.name));
  for (const { name, operation } of operations) {
    const example = operation.requestBody?.content['application/json']?.example;
    const bodies = operation.requestBody ? ['{', {}, { ids: 1, messages: [{}], id: 1 }] : [];
    const takesQuery = operation.parameters?.some((one) => one.in === 'query');
    for (const token of ['none', 'wrong', 'other']) await call(name, operation, { token, body: example });
    for (const token of ['shop', 'admin']) {
      for (const body of bodies) await call(name, operation, { token, body });
      for (const query of takesQuery ? queries : []) await call(name, operation, { token, query });
      for (const id of name.includes('{id}') ? ids : [])
        await call(name, operation, { token, id, body: example });
      // Last, and as the admin last of all: so that there is still something to be shown or deleted.
      await call(name, operation, { token, body: example });
    }
  }
  expect(misfits).toEqual([]);
  // Every operation was also seen to work, apart from links to large files, which test/flow/large-files opens.
  const working = operations.filter(({ name }) => !seen.has(`${name} 200`)).map(({ name }) => name);
  expect(working.filter((name) => !name.includes('/download/'))).toEqual([]);
}, 180_000);
