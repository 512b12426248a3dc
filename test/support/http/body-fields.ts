// The fields of the bodies that a running service documents, for tests that are made from its OpenAPI document.
import type { Service } from '../programs/service.js';
import { type OpenApiDocument, type Operation, resolved, type Schema } from './openapi-document.js';

export interface DocumentedBody {
  method: string;
  path: string;
  /** Names of the parameters in the query. */
  query: string[];
  operation: Operation & Record<string, unknown>;
  /** Every field that holds no others, a list as one of its items. */
  fields: { path: string[]; schema: Schema & Record<string, unknown> }[];
}

/** Every route that changes something. */
export async function documentedBodies(service: Service): Promise<DocumentedBody[]> {
  const { body: document } = await service.api<OpenApiDocument>('GET', '/openapi.json');
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => method !== 'get')
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        query: (operation.parameters ?? [])
          .map((one) => resolved(document, one))
          .flatMap(({ name, in: where }) => (where === 'query' ? [name] : [])),
        operation: operation as DocumentedBody['operation'],
        fields: fieldsOf(document, operation.requestBody?.content['application/json']?.schema),
      })),
  );
}

function fieldsOf(
  document: OpenApiDocument,
  given: Schema | undefined,
  path: string[] = [],
): DocumentedBody['fields'] {
  if (given === undefined) return [];
  const schema = resolved(document, given);
  const parts = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
    .map((part) => resolved(document, part))
    .flatMap((part) => [part, ...(part.items === undefined ? [] : [resolved(document, part.items)])]);
  const properties = parts.flatMap((part) => Object.entries(part.properties ?? {}));
  if (properties.length === 0) return path.length === 0 ? [] : [{ path, schema: { ...schema } }];
  const marked = 'x-writable-by' in schema ? [{ path, schema: { ...schema } }] : [];
  return [...marked, ...properties.flatMap(([name, one]) => fieldsOf(document, one, [...path, name]))];
}

/** Puts a value at a path of an object, through lists of one item where the name is in `lists`. */
export function putAt(
  body: Record<string, unknown>,
  [name = '', ...rest]: string[],
  value: unknown,
  lists: string[] = [],
): void {
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  body[name] ??= lists.includes(name) ? [{}] : {};
  const inner = body[name];
  putAt((Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown>, rest, value, lists);
}
