// Declares which fields of a body are the admin's to change, and holds the tokens of tenants to it.
import { isDeepStrictEqual } from 'node:util';
import type { z } from '@hono/zod-openapi';
import { layersOf } from '../../accept/schema-fields.js';
import { Fault } from '../../errors.js';
import { fieldsOf } from './fields.js';

/**
 * Who changes a marked field: the admin alone, or a tenant within the value that the admin set. A field without a mark
 * is the tenant's as well. The OpenAPI document shows the mark as `x-writable-by`.
 */
type Writer = 'admin' | 'tenant-within-admin';

const writers = new WeakMap<z.ZodType, Writer>();

/**
 * Marks a field that only the admin may change. Every route whose body has it checks that by itself. The mark comes last,
 * after `describe`, because the methods of a schema return another one.
 */
export function adminOnly<T extends z.ZodType>(schema: T): T {
  return mark(schema, 'admin', 'Only the admin may change it.');
}

/** Marks a limit that the tenant may lower and not lift, once the admin has set it. The store checks that. */
export function withinAdmin<T extends z.ZodType>(schema: T): T {
  return mark(schema, 'tenant-within-admin', 'A tenant may lower what the admin set, and not lift it.');
}

function mark<T extends z.ZodType>(schema: T, writer: Writer, sentence: string): T {
  const marked = schema.openapi({
    'x-writable-by': writer,
    description: `${schema.description ?? ''} ${sentence}`.trim(),
  });
  writers.set(marked, writer);
  return marked;
}

/** The paths of the fields that only the admin may change. */
function adminPaths(body: z.ZodType): string[][] {
  return fieldsOf(body).flatMap(({ path, schema }) =>
    [...layersOf(schema)].some((layer) => writers.get(layer) === 'admin') ? [path] : [],
  );
}

/** Whether a tenant's body names a field of the admin, so that it has to be compared with what stands. */
export function namesAdminFields(schema: z.ZodType, body: unknown): boolean {
  return adminPaths(schema).some((path) => valueAt(body, path) !== undefined);
}

/**
 * The body without the fields of the admin, so that a tenant's call never writes one, not even one that has changed since
 * the tenant read it. A client that sends back all that it was shown is accepted.
 * @param current what stands, as a caller is shown it; undefined: nothing
 * @throws Fault `forbidden` when a field of the admin would change
 */
export function keepFromTenant<T>(schema: z.ZodType, body: T, current: unknown): T {
  const paths = adminPaths(schema);
  const changed = paths.filter((path) => {
    const given = valueAt(body, path);
    return given !== undefined && !isDeepStrictEqual(bare(given), bare(valueAt(current, path)));
  });
  if (changed.length > 0) {
    const names = changed.map((path) => path.join('.')).join(', ');
    throw new Fault('forbidden', `Only the admin may change ${names}`);
  }
  const kept = structuredClone(body);
  for (const path of paths) {
    const parent = valueAt(kept, path.slice(0, -1));
    if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? '');
  }
  return kept;
}

/** Null where a group on the way is null, because clearing a group clears the field. */
function valueAt(body: unknown, path: string[]): unknown {
  let value: unknown = body;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return value;
    value = Reflect.get(value, name);
  }
  return value;
}

/** Without what stands for no value, because answers leave it out. */
function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .map(([name, one]) => [name, bare(one)]),
  );
}
