// What the fields of a schema take, found out once for each schema.
import { z } from 'zod';

export interface SchemaField {
  /** What the field takes beside null: texts of numbers and truth values are converted only where no text is taken. */
  takes: 'text' | 'number' | 'truth' | 'other';
  /** How the field is left out; `required`: it cannot be. */
  absent: null | undefined | 'required';
  /** Whether 0 stands for the default, because the field cannot have this value. */
  zeroIsAbsent: boolean;
  /** Whether an empty text is a value of the field, and not one that was left out. */
  keepsEmpty: boolean;
  /** The words that the field takes where it takes no other text. */
  words: ReadonlySet<string>;
  /** Without its wrappers: an object has fields of its own. */
  schema: z.ZodType;
}

/** Fields in which an empty text means something: an empty body, and the null sender. */
const meaningfulEmpty = new Set(['body', 'text', 'html', 'return_path']);

const emptyRefused = new WeakSet<z.ZodType>();

/** For a field that means more when it is absent than an empty text may: the empty text is left to the schema. */
export function refusesEmpty<T extends z.ZodType>(schema: T): T {
  emptyRefused.add(schema);
  return schema;
}

const known = new WeakMap<z.ZodType, Map<string, SchemaField> | null>();

/** @returns undefined for a schema that is not of an object */
export function fieldsOf(schema: z.ZodType): Map<string, SchemaField> | undefined {
  const before = known.get(schema);
  if (before !== undefined) return before ?? undefined;
  const inner = unwrapped(schema).schema;
  const fields =
    inner instanceof z.ZodObject
      ? new Map(
          Object.entries(inner.shape).map(([name, one]) => {
            const field = toField(name, one as z.ZodType);
            // A strict object is of a command where an empty value must not mean more than was meant.
            return [name, { ...field, keepsEmpty: field.keepsEmpty || isStrict(inner) }] as const;
          }),
        )
      : undefined;
  known.set(schema, fields ?? null);
  return fields;
}

function isStrict(schema: z.ZodObject): boolean {
  return schema.def.catchall instanceof z.ZodNever;
}

function toField(name: string, field: z.ZodType): SchemaField {
  const { schema, optional, nullable } = unwrapped(field);
  const takes = takesOf(schema);
  return {
    takes,
    absent: nullable ? null : optional ? undefined : 'required',
    zeroIsAbsent: takes === 'number' && nullable && !schema.safeParse(0).success,
    words: new Set(takes === 'text' ? [] : wordsOf(schema)),
    keepsEmpty: emptyRefused.has(schema) || (meaningfulEmpty.has(name) && schema.safeParse('').success),
    schema,
  };
}

/** The schema below what makes it optional, nullable, described or transformed. */
function unwrapped(schema: z.ZodType): { schema: z.ZodType; optional: boolean; nullable: boolean } {
  const layers = [...layersOf(schema)];
  return {
    schema: layers.at(-1) ?? schema,
    optional: layers.some((layer) => layer instanceof z.ZodOptional || layer instanceof z.ZodDefault),
    nullable: layers.some((layer) => layer instanceof z.ZodNullable),
  };
}

/** The schema and what it wraps: `z.string().nullish()` is an optional one around a nullable one around a string. */
export function* layersOf(schema: z.ZodType): Generator<z.ZodType> {
  for (let inner: unknown = schema; inner instanceof z.ZodType; inner = innerOf(inner)) yield inner;
}

function innerOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return schema.unwrap();
  return schema instanceof z.ZodPipe ? schema.in : undefined;
}

function takesOf(schema: z.ZodType): SchemaField['takes'] {
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.map((one) => takesOf(unwrapped(one as z.ZodType).schema));
    return (['text', 'number', 'truth'] as const).find((kind) => options.includes(kind)) ?? 'other';
  }
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodNumber) return 'number';
  return schema instanceof z.ZodBoolean ? 'truth' : 'other';
}

function* wordsOf(schema: z.ZodType): Generator<string> {
  if (schema instanceof z.ZodUnion)
    for (const one of schema.options) yield* wordsOf(unwrapped(one as z.ZodType).schema);
  if (!(schema instanceof z.ZodEnum)) return;
  for (const option of schema.options) if (typeof option === 'string') yield option;
}

/** The value that a fault of a schema is about; undefined where nothing stands at the path. */
export function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    given,
  );
}
