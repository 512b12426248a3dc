// Requests as nobody would send them, made by fast-check from the OpenAPI document: for each operation bodies that nearly
// fit, bodies of any shape and bytes that are no JSON, with odd queries, path ids and headers.
import fc from 'fast-check';
import type { OpenApiDocument, Operation, Schema } from './openapi-document.js';

export interface AnyRequest {
  method: string;
  /** As it goes over the wire, query included. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  caller: 'admin' | 'tenant' | 'nobody';
}

/** Values that lead further than the first check, by the name of the field or parameter they are for. */
export type Known = Record<string, readonly unknown[]>;

type FullSchema = Schema & { enum?: unknown[]; minimum?: number; maximum?: number };

/** Texts that have broken something somewhere. */
const oddTexts = [
  ...[
    '',
    ' ',
    '*',
    '%',
    "'",
    '\\',
    '../../etc/passwd',
    'a\0b',
    '\ud800',
    'a\r\nBcc: x@example.org',
    '\u202e',
  ],
  ...['__proto__', 'constructor', 'null', 'NaN', '1e999', '-1', '$' + '{7*7}', '<script>', '9'.repeat(400)],
  ...['😀'.repeat(70), 'x'.repeat(300), 'x'.repeat(70_000), '"a" <a@b.de>, (', 'http://[::1]:99999/'],
];
const oddNumbers = [0, -0, -1, 0.1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21, 1e308, 5e-324];

const anyText = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary', maxLength: 40 }));
const anyValue = fc.oneof(
  { weight: 3, arbitrary: anyText },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...oddNumbers) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { '': null }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) },
);
/** What a request line can hold. */
const printable = fc.stringMatching(/^[!"$-.0->@-~]{1,20}$/);

const anyHeaders = fc.dictionary(
  fc.constantFrom(
    ...['content-type', 'accept', 'x-request-id', 'idempotency-key', 'origin', 'cookie', 'if-match', 'range'],
    ...['content-encoding', 'x-forwarded-for', 'x-http-method-override', 'authorization', 'accept-language'],
  ),
  fc.oneof(fc.constantFrom('application/json', 'multipart/form-data', 'gzip', 'bytes=0-0'), printable),
  { maxKeys: 3 },
);

export function anyRequest(
  document: OpenApiDocument,
  { method, path, operation }: { method: string; path: string; operation: Operation },
  known: Known,
): fc.Arbitrary<AnyRequest> {
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const query = fc.oneof(
    {
      weight: 5,
      arbitrary: queryOf(
        parameters.map(({ name }) => name),
        known,
      ),
    },
    { weight: 1, arbitrary: printable },
  );
  const ids = fc.oneof(fc.constantFrom(...texts(known.id)), anyText.map(encoded), printable);
  return fc
    .record({
      ids: fc.tuple(ids, ids, ids),
      query,
      headers: anyHeaders,
      body: anyBody(schema && fitting(document, schema, known)),
      caller: fc.constantFrom<AnyRequest['caller'][]>('admin', 'admin', 'tenant'),
    })
    .map(({ ids: filling, query: asked, ...request }) => {
      const [...rest] = filling;
      const filled = path.replace(/\{[^}]+\}/g, () => rest.pop() ?? 'x');
      return { ...request, method, path: `${filled}${asked && `?${asked}`}` };
    });
}

/** Paths and methods that may be there or not. */
export const anyPath: fc.Arbitrary<AnyRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'),
    parts: fc.array(
      fc.oneof(
        fc.constantFrom('tenant', 'account', 'messages', 'docs', '..', '.', '', '%00', '%'),
        printable,
      ),
      { maxLength: 4 },
    ),
    headers: anyHeaders,
    body: fc.constant(undefined),
    caller: fc.constantFrom<AnyRequest['caller'][]>('admin', 'tenant', 'nobody'),
  })
  .map(({ parts, ...request }) => ({ ...request, path: `/${parts.join('/')}` }));

function queryOf(names: string[], known: Known): fc.Arbitrary<string> {
  if (names.length === 0) return fc.constant('');
  const pair = fc
    .constantFrom(...names)
    .chain((name) =>
      fc
        .oneof(fc.constantFrom(...texts(known[name])), anyText, fc.integer().map(String))
        .map((value) => `${name}=${encoded(value)}`),
    );
  return fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join('&'));
}

function texts(values: readonly unknown[] = ['x']): string[] {
  return values.map(String);
}

/** Half a surrogate pair has no UTF-8 that could be percent-encoded; what stands for it is odd enough. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 8000);
}

function anyBody(nearly: fc.Arbitrary<unknown> | undefined): fc.Arbitrary<Buffer | undefined> {
  const json = (value: fc.Arbitrary<unknown>) =>
    value.map((given) => Buffer.from(JSON.stringify(given) ?? ''));
  const cut = fc
    .tuple(json(nearly ?? anyValue), fc.nat())
    .map(([bytes, n]) => bytes.subarray(0, n % (bytes.length + 1)));
  return fc.oneof(
    { weight: 8, arbitrary: nearly ? json(spoilt(nearly)) : fc.constant(undefined) },
    { weight: 2, arbitrary: json(anyValue) },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** Values that fit the schema, as far as it says what fits. */
function fitting(
  document: OpenApiDocument,
  given: FullSchema,
  known: Known,
  name = '',
): fc.Arbitrary<unknown> {
  const schema: FullSchema = given.$ref
    ? (document.components.schemas[given.$ref.split('/').at(-1) ?? ''] ?? {})
    : given;
  const inner = (one: Schema | undefined, as = name) => fitting(document, one ?? {}, known, as);
  const values = known[name];
  if (values) return fc.constantFrom(...values);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => inner(one)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const kinds = [schema.type ?? []].flat().map((type): fc.Arbitrary<unknown> => {
    if (type === 'object') {
      const fields: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [field, one] of Object.entries(schema.properties ?? {})) fields[field] = inner(one, field);
      return fc.record(fields, { requiredKeys: schema.required ?? [] });
    }
    if (type === 'array') return fc.array(inner(schema.items), { maxLength: 3 });
    if (type === 'boolean') return fc.boolean();
    const { minimum: min = 0, maximum: max = 1e9 } = schema;
    if (type === 'integer' || type === 'number')
      return fc.integer({ min, max: Math.max(min, Math.min(max, 1e9)) });
    return type === 'null' ? fc.constant(null) : fc.string({ minLength: 1, maxLength: 12 });
  });
  return kinds.length > 0 ? fc.oneof(...kinds) : anyValue;
}

/** The value with up to three of its parts replaced, left out or added to. */
function spoilt(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.nat(),
    as: fc.constantFrom('replaced', 'dropped', 'added'),
    by: anyValue,
  });
  return fc.tuple(value, fc.array(change, { maxLength: 3 })).map(([whole, changes]) => {
    const root: Holder = { whole: structuredClone(whole) };
    for (const { at, as, by } of changes) {
      const places = placesIn(root);
      const { holder, key } = places[at % places.length] ?? { holder: root, key: 'whole' };
      const target = holder[key];
      const own = structuredClone(by);
      if (as === 'replaced') holder[key] = own;
      else if (as === 'added' && isHolder(target)) target[typeof by === 'string' ? by : 'added'] = own;
      else if (holder !== root) delete holder[key];
    }
    return root.whole;
  });
}

type Holder = Record<string, unknown>;

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}

function placesIn(holder: Holder): { holder: Holder; key: string }[] {
  return Object.keys(holder).flatMap((key) => {
    const value = holder[key];
    return [{ holder, key }, ...(isHolder(value) ? placesIn(value) : [])];
  });
}
