// The OpenAPI document is valid and says everything a caller has to know.
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, expect, test } from 'vitest';
import { type OpenApiDocument, writtenDocument } from '../support/openapi-document.js';

let document: OpenApiDocument;
beforeAll(async () => {
  document = await writtenDocument();
});

test('The document fits the schema of OpenAPI 3.1', async () => {
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
});
