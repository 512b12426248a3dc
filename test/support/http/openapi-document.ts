// The OpenAPI document as the built program writes it, and a walk through what it describes.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempFolder } from '../programs/temp-folder.js';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  required?: string[];
}

export interface Media {
  schema: Schema;
  example?: unknown;
}

export interface Answer {
  $ref?: string;
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, Media>;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  description?: string;
  example?: unknown;
  schema: Schema;
}

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security: object[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, Answer>;
}

export interface OpenApiDocument {
  [key: string]: unknown;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Answer> };
}

export async function writtenDocument(): Promise<OpenApiDocument> {
  const folder = await tempFolder('openapi');
  try {
    const file = join(folder.path, 'openapi.json');
    const writer = fileURLToPath(new URL('../../../dist/api/openapi/write-openapi.js', import.meta.url));
    await promisify(execFile)(process.execPath, [writer, file]);
    return JSON.parse(await readFile(file, 'utf8')) as OpenApiDocument;
  } finally {
    await folder.remove();
  }
}

/** Every operation, as `POST /tenant`. */
export function operationsOf(document: OpenApiDocument): { name: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
}

/** What a reference points to, with what stands beside it. */
export function resolved<T extends { $ref?: string }>(document: OpenApiDocument, part: T): T {
  if (part.$ref === undefined) return part;
  const target = part.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
  const { $ref: _, ...beside } = part;
  return { ...(target as T), ...beside };
}

/** Every schema there is, however deep, with the place where it stands. */
export function everySchema(document: OpenApiDocument): { where: string; schema: Schema }[] {
  const tops = [
    ...Object.entries(document.components.schemas),
    ...operationsOf(document).flatMap(({ name, operation }) => [
      ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => [name, schema] as const),
      ...Object.values(operation.responses).flatMap(({ content = {} }) =>
        Object.values(content).map(({ schema }) => [name, schema] as const),
      ),
    ]),
  ];
  const found: { where: string; schema: Schema }[] = [];
  const walk = (where: string, schema: Schema | boolean | undefined): void => {
    if (typeof schema !== 'object') return;
    found.push({ where, schema });
    for (const [field, one] of Object.entries(schema.properties ?? {})) walk(`${where}.${field}`, one);
    for (const one of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])])
      walk(where, one);
    walk(`${where}[]`, schema.items);
    walk(`${where}{}`, schema.additionalProperties);
  };
  for (const [where, schema] of tops) walk(where, schema);
  return found;
}
