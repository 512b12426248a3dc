// The OpenAPI document as the built program writes it, and a walk through what it describes.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempFolder } from './temp-folder.js';

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
    const writer = fileURLToPath(new URL('../../dist/api/write-openapi.js', import.meta.url));
    await promisify(execFile)(process.execPath, [writer, file]);
    return JSON.parse(await readFile(file, 'utf8')) as OpenApiDocument;
  } finally {
    await folder.remove();
  }
}
