// The fields of a body, as its schema has them.
import { z } from '@hono/zod-openapi';
import { layersOf } from '../../accept/schema-fields.js';

interface Field {
  /** Its name, after the names of the objects that it stands in. */
  path: string[];
  schema: z.ZodType;
}

/** Every field, groups before their parts. A list counts as one of its items. */
export function fieldsOf(schema: z.ZodType, path: string[] = []): Field[] {
  const shape = shapeOf(schema);
  if (shape === undefined) return [];
  return Object.entries(shape).flatMap(([name, part]) => {
    const own = [...path, name];
    return [{ path: own, schema: part }, ...fieldsOf(part, own)];
  });
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  const inner = [...layersOf(schema)].at(-1);
  if (inner instanceof z.ZodArray) return shapeOf(inner.element as z.ZodType);
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}
