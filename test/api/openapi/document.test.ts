// The OpenAPI document is valid and describes every operation, field and refusal.
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  everySchema,
  type Media,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  resolved,
  writtenDocument,
} from '../../support/http/openapi-document.js';

let document: OpenApiDocument;
let operations: { name: string; operation: Operation }[];
beforeAll(async () => {
  document = await writtenDocument();
  operations = operationsOf(document);
});

/** The names of the operations of which this is not so. */
const thoseNot = (so: (operation: Operation) => unknown) =>
  operations.filter(({ operation }) => !so(operation)).map(({ name }) => name);

const mediaOf = ({ requestBody, responses }: Operation): Media[] => [
  ...Object.values(requestBody?.content ?? {}),
  ...Object.values(responses).flatMap((answer) => Object.values(resolved(document, answer).content ?? {})),
];

test('The document fits the schema of OpenAPI 3.1', async () => {
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});

describe('every operation', () => {
  test('has a summary, a description, a heading and a name of its own', () => {
    expect(thoseNot(({ summary }) => summary)).toEqual([]);
    expect(thoseNot(({ description }) => description)).toEqual([]);
    expect(thoseNot(({ tags }) => tags?.length === 1)).toEqual([]);
    expect(thoseNot(({ operationId }) => /^[a-z][A-Za-z]+$/.test(operationId ?? ''))).toEqual([]);
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  test('describes its parameters, and every id in its path is one', () => {
    expect(
      thoseNot(({ parameters = [] }) => parameters.every((one) => resolved(document, one).description)),
    ).toEqual([]);
    const undescribed = operations.filter(({ name, operation }) => {
      const named = (operation.parameters ?? []).filter((one) => resolved(document, one).in === 'path');
      return named.length !== [...name.matchAll(/\{/g)].length;
    });
    expect(undescribed.map(({ name }) => name)).toEqual([]);
  });

  test('shows what is sent and what is answered, refusals included, in an example', () => {
    expect(thoseNot((operation) => mediaOf(operation).every(({ example }) => example !== undefined))).toEqual(
      [],
    );
  });

  test('has examples that fit their schemas', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', components: document.components });
    const misfits = operations.flatMap(({ name, operation }) =>
      mediaOf(operation).flatMap(({ schema, example }) => {
        const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
        return ajv.validate(absolute, example) ? [] : [`${name}: ${ajv.errorsText()}`];
      }),
    );
    expect(misfits).toEqual([]);
  });

  test('describes its refusals', () => {
    for (const { name, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      const expected = ['200', '500'];
      if (operation.security.length > 0) expected.push('401', '429', '503');
      if (operation.requestBody) expected.push('400', '408', '413', '422');
      expect(statuses, name).toEqual(expect.arrayContaining(expected));
    }
  });
});

test('Every field of every schema has a description', () => {
  const fields = everySchema(document).flatMap(({ where, schema }) =>
    Object.entries(schema.properties ?? {}).map(([field, one]) => ({ name: `${where}.${field}`, one })),
  );
  expect(fields.length).toBeGreaterThan(100);
  const undescribed = fields.filter(({ one }) => !(one.description || resolved(document, one).description));
  expect([...new Set(undescribed.map(({ name }) => name))].sort()).toEqual([]);
});

test('No schema is left open: every object says which fields it has', () => {
  const open = everySchema(document).filter(
    ({ schema }) =>
      [schema.type].flat().includes('object') && !schema.properties && !schema.additionalProperties,
  );
  expect(open.map(({ where }) => where)).toEqual([]);
});

test('Every schema that is named is used', () => {
  const text = JSON.stringify(document);
  const unused = Object.keys(document.components.schemas).filter(
    (name) => !text.includes(`"#/components/schemas/${name}"`),
  );
  expect(unused).toEqual([]);
});
