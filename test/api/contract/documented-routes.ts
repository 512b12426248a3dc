// The routes of a running service as its OpenAPI document names them, each with a call that fits. Tests go through this
// list, so that no route is forgotten.
import type { Service } from '../../support/programs/service.js';

interface Schema {
  $ref?: string;
  type?: string | string[];
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
}

interface Operation {
  security: Record<string, string[]>[];
  responses: Record<string, unknown>;
  parameters?: { $ref?: string; name?: string; in?: string }[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface DocumentedRoute {
  method: string;
  /** In OpenAPI's form: `/messages/{id}`. */
  path: string;
  open: boolean;
  adminOnly: boolean;
  /** Names of the parameters in the query. */
  query: string[];
  /** Fields of the body; undefined where it takes none. */
  fields: string[] | undefined;
  /** A body that fits; undefined where it takes none. */
  body(): Record<string, unknown> | undefined;
}

/** What fits fields whose schema does not say it. */
const known: Record<string, unknown> = {
  id: 'probe',
  host: '127.0.0.1',
  port: 2525,
  from: 'sender@example.com',
  to: 'receiver@example.org',
  subject: 'Subject',
};

export async function documentedRoutes(service: Service): Promise<DocumentedRoute[]> {
  const { body: document } = await service.api<Document>('GET', '/openapi.json', undefined, { token: null });
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const json = operation.requestBody?.content['application/json'];
      const schema = json && resolve(document, json.schema);
      return {
        method: method.toUpperCase(),
        path,
        open: operation.security.length === 0,
        adminOnly: operation.security.some((one) => Object.values(one).flat().includes('admin')),
        query: (operation.parameters ?? []).flatMap(({ name, in: where }) =>
          where === 'query' && name !== undefined ? [name] : [],
        ),
        fields: schema && Object.keys(schema.properties ?? {}),
        body: () =>
          json && (structuredClone(json.example ?? sample(document, json.schema)) as Record<string, unknown>),
      };
    }),
  );
}

function resolve(document: Document, schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    return resolve(document, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  }
  if (schema.allOf === undefined) return schema;
  const parts = schema.allOf.map((part) => resolve(document, part));
  return {
    ...schema,
    properties: Object.assign({}, ...parts.map(({ properties }) => properties), schema.properties),
    required: [...parts, schema].flatMap(({ required = [] }) => required),
  };
}

/** The least that fits. */
function sample(document: Document, given: Schema, name = ''): unknown {
  const schema = resolve(document, given);
  const stated = [schema.example, schema.examples?.[0], schema.const, schema.enum?.[0], known[name]];
  const found = stated.find((value) => value !== undefined);
  if (found !== undefined) return found;
  const one = (schema.anyOf ?? schema.oneOf)?.find(({ type }) => type !== 'null');
  if (one !== undefined) return sample(document, one, name);
  const { properties = {}, required = [], items = {}, minimum = 1 } = schema;
  switch ([schema.type].flat().find((type) => type !== 'null')) {
    case 'object':
      return Object.fromEntries(
        required.map((field) => [field, sample(document, properties[field] ?? {}, field)]),
      );
    case 'array':
      return [sample(document, items, name)];
    case 'integer':
    case 'number':
      return minimum;
    case 'boolean':
      return true;
    default:
      return 'x';
  }
}
