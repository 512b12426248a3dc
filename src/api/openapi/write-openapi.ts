// Writes the OpenAPI document to the file named as argument: `npm run check` compares it with the one in docs/.
import { writeFileSync } from 'node:fs';
import { buildApi } from '../build-api.js';
import type { ApiContext } from '../context.js';
import { openApiDocument } from './document.js';

// Nothing needs to be open, because the routes are described and never called.
const described = {
  config: { maxBodyMb: 50 },
  memory: { largestBytes: Number.POSITIVE_INFINITY },
  clock: { now: () => 0 },
} as unknown as ApiContext;
const [, , file = 'docs/openapi.json'] = process.argv;
writeFileSync(file, `${JSON.stringify(openApiDocument(buildApi(described)), null, 2)}\n`);
