// Routes of the OpenAPI document, and of a page that shows the document without calling any other host.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import swaggerUiFolder from 'swagger-ui-dist/absolute-path.js';
import { version } from '../../version.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { openApiDocument } from './document.js';
import { rawRoute } from './route.js';

/** Allows only the scripts and styles below, and nothing from other hosts. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const start = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  deepLinking: true,
  displayRequestDuration: true,
  // The validator would send the document to a server of Swagger's.
  validatorUrl: null,
});
`;

interface Asset {
  type: string;
  body: Buffer<ArrayBuffer>;
}

const fromPackage = async (name: string, type: string): Promise<Asset> => ({
  type,
  body: Buffer.from(await readFile(join(swaggerUiFolder(), name))),
});

/**
 * The package has maps and other builds as well. Only these files are served, so that no path of a caller reaches the
 * disk.
 */
async function readAssets() {
  const [style, program] = await Promise.all([
    fromPackage('swagger-ui.css', 'text/css; charset=utf-8'),
    fromPackage('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
  ]);
  return new Map<string, Asset>([
    ['swagger-ui.css', style],
    ['swagger-ui-bundle.js', program],
    ['start.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from(start) }],
  ]);
}

/** Each address contains a digest of its file, so that a browser may cache the file for good. */
function writePage(assets: Map<string, Asset>): string {
  const address = (name: string) => {
    const digest = createHash('sha256').update(assets.get(name)?.body ?? '');
    return `docs/${name}?v=${digest.digest('hex').slice(0, 12)}`;
  };
  // The addresses are relative, so that a proxy may put the service below a path.
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mail-proxy: HTTP API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${address('swagger-ui.css')}">
<script src="${address('swagger-ui-bundle.js')}" defer></script>
<script src="${address('start.js')}" defer></script>
<div id="page"></div>
</html>
`;
}

/**
 * Open to everyone, because the document says nothing about this installation. Added before authentication, like
 * `/health`.
 */
export function addDocsRoutes(app: OpenAPIHono<ApiEnv>): void {
  addDocumentRoute(app);
  addPageRoutes(app);
}

function addDocumentRoute(app: OpenAPIHono<ApiEnv>): void {
  let document: ReturnType<typeof openApiDocument> | undefined;
  rawRoute(
    app,
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'openApiDocument',
      summary: 'This document',
      description: 'OpenAPI 3.1, made of the schemas that check the requests.',
      reach: 'everyone',
      answer: z.looseObject({ openapi: z.literal('3.1.0').describe('The edition of OpenAPI.') }),
      example: { answer: { openapi: '3.1.0', info: { title: 'mail-proxy', version }, paths: {} } },
    },
    (_call, c) => {
      // Made on the first call, because routes that are added later belong in the document.
      document ??= openApiDocument(app);
      return c.json(document);
    },
  );
}

function addPageRoutes(app: OpenAPIHono<ApiEnv>): void {
  // Read on the first call, because most processes are never asked for the page.
  let assets: Promise<Map<string, Asset>> | undefined;
  rawRoute(
    app,
    {
      method: 'get',
      path: '/docs',
      operationId: 'docsPage',
      summary: 'A page that shows this document',
      description: 'Calls can be tried out there. It asks no other host for anything.',
      reach: 'everyone',
      type: 'text/html',
      answer: z.string(),
      example: { answer: '<!doctype html>...' },
    },
    async (_call, c) => {
      assets ??= readAssets();
      c.header('Content-Security-Policy', pagePolicy);
      c.header('Cache-Control', 'no-cache');
      return c.html(writePage(await assets));
    },
  );
  // The original had a second page at this address.
  app.get('/redoc', (c) => c.redirect('/docs'));
  app.get('/docs/:name', async (c) => {
    assets ??= readAssets();
    const asset = (await assets).get(c.req.param('name'));
    if (asset === undefined) return c.json({ detail: 'Not Found' }, 404);
    c.header('Content-Type', asset.type);
    c.header('Cache-Control', 'public, max-age=31536000, immutable');
    return c.body(asset.body);
  });
}
