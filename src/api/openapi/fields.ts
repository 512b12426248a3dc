// The fields of a body, as its schema has them.
import { z } from '@hono/zod-openapi';

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

/** The schema and what it wraps: `z.string().nullish()` is an optional one around a nullable one around a string. */
export function* layersOf(schema: z.ZodType): Generator<z.ZodType> {
  for (let inner: unknown = schema; inner instanceof z.ZodType; inner = innerOf(inner)) yield inner;
}

function innerOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return schema.unwrap();
  if (schema instanceof z.ZodPipe) return schema.in;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  for (const layer of layersOf(schema)) if (layer instanceof z.ZodObject) return layer.shape;
  return undefined;
}
