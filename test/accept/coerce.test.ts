// JSON is converted to the types of a schema as genro-mail-proxy's validation did, and no further.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { coerce } from '../../src/accept/coerce.js';

const schema = z.object({
  port: z.int().min(1),
  ttl: z.int().min(1).nullish(),
  limit: z.int().min(0).nullish(),
  size: z.number().nullish(),
  on: z.boolean().nullish(),
  active: z.boolean().default(true),
  name: z.string().min(1).nullish(),
  kind: z.enum(['a', 'b']).nullish(),
  note: z.string().min(1).optional(),
  body: z.string().nullish(),
  priority: z.union([z.int(), z.enum(['high'])]).nullish(),
  to: z.union([z.string(), z.array(z.string())]),
  inner: z.object({ port: z.int().nullish() }).nullish(),
  headers: z.record(z.string(), z.union([z.string(), z.number()])).nullish(),
});

test.each([
  [{ port: '587' }, { port: 587 }],
  [{ port: ' 587 ' }, { port: 587 }],
  [{ port: '587.0' }, { port: 587 }],
  [{ size: '2.5' }, { size: 2.5 }],
  [{ size: '-2' }, { size: -2 }],
  [{ on: 'true' }, { on: true }],
  [{ on: 'Off' }, { on: false }],
  [{ on: 1 }, { on: true }],
  [{ active: '0' }, { active: false }],
  [{ priority: '2' }, { priority: 2 }],
  [{ priority: 'HIGH' }, { priority: 'high' }],
  [{ kind: ' B ' }, { kind: 'b' }],
  [{ inner: { port: '25' } }, { inner: { port: 25 } }],
])('%j is read as %j', (given, read) => {
  expect(coerce(schema, given)).toEqual(read);
});

test.each([
  [{ ttl: '' }, { ttl: null }],
  [{ name: '' }, { name: null }],
  [{ kind: '' }, { kind: null }],
  [{ note: '' }, { note: undefined }],
  [{ active: '' }, { active: undefined }],
  [{ inner: { port: '' } }, { inner: { port: null } }],
  [{ inner: '' }, { inner: null }],
  [{ ttl: 0 }, { ttl: null }],
  [{ ttl: '0' }, { ttl: null }],
])('%j leaves the field out', (given, read) => {
  expect(coerce(schema, given)).toEqual(read);
});

test.each([
  { port: '587x' },
  { port: '' },
  { port: 0 },
  { port: true },
  { port: '1e3' },
  { port: '9'.repeat(40) },
  { on: 'maybe' },
  { on: 2 },
  { limit: 0 },
  { body: '' },
  { name: '7' },
  { priority: 'high' },
  { to: '12' },
  { headers: { 'X-Count': '12', 'X-Empty': '' } },
  { unknown: '1' },
])('%j stays as it is', (given) => {
  expect(coerce(schema, given)).toBe(given);
});

test.each([null, 'text', 7, [{ port: '1' }]])('%j is no object, and stays as it is', (given) => {
  expect(coerce(schema, given)).toBe(given);
});
