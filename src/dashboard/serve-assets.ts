// Serves the styles and scripts of the pages. Each address holds a digest of its file, so that browsers may keep it for good.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Hono } from 'hono';
import type { ApiEnv } from '../api/middleware/authenticate.js';
import { packageFolder } from '../package-folder.js';

/** Files of a package, by the names under which they are served. */
const ofPackages = { 'uplot.js': 'uplot/dist/uPlot.esm.js', 'uplot.css': 'uplot/dist/uPlot.min.css' };

const folder = new URL('src/dashboard/assets/', packageFolder);
const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

export interface Assets {
  /** The address of a file for a page. */
  address(name: string): string;
  files: ReadonlyMap<string, { type: string; body: Buffer<ArrayBuffer> }>;
}

export function readAssets(): Assets {
  const { resolve } = createRequire(import.meta.url);
  const paths: [string, URL | string][] = [
    ...readdirSync(folder).map((name): [string, URL] => [name, new URL(name, folder)]),
    ...Object.entries(ofPackages).map(([name, path]): [string, string] => [name, resolve(path)]),
  ];
  const files = new Map(
    paths.map(([name, path]) => {
      const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      return [name, { type, body: Buffer.from(readFileSync(path)) }];
    }),
  );
  const digests = new Map(
    [...files].map(([name, { body }]) => [
      name,
      createHash('sha256').update(body).digest('hex').slice(0, 12),
    ]),
  );
  return { files, address: (name) => `/dashboard/assets/${name}?v=${digests.get(name)}` };
}

/** Open to everyone, because the files say nothing of this installation. */
export function addAssetRoutes(app: Hono<ApiEnv>, { files }: Assets): void {
  app.get('/dashboard/assets/:name', (c) => {
    const asset = files.get(c.req.param('name'));
    if (asset === undefined) return c.notFound();
    c.header('Content-Type', asset.type);
    c.header('Cache-Control', 'public, max-age=31536000, immutable');
    return c.body(asset.body);
  });
}
