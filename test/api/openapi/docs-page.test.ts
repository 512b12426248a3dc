// /docs shows the OpenAPI document in a browser and calls no other host.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenApiDocument } from '../../support/http/openapi-document.js';
import { type Browser, startBrowser } from '../../support/servers/browser.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let browser: Browser;
beforeAll(async () => {
  [stage, browser] = await Promise.all([setApiStage(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
});

const get = <Body = string>(path: string) => stage.service.api<Body>('GET', path, undefined, { token: null });

test('A browser shows every operation of the document, without a token, an error or a call to another host', async () => {
  const { page, asked, complaints } = browser;
  await page.goto(`${stage.service.url}/docs`);
  await page.locator('.opblock').first().waitFor();
  const { body } = await get<OpenApiDocument>('/openapi.json');
  const operations = Object.entries(body.paths).flatMap(([path, one]) =>
    Object.keys(one).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const shown = await page.locator('.opblock-summary').evaluateAll((blocks) =>
    blocks.map((block) => {
      const text = (name: string) => block.querySelector(name)?.textContent ?? '';
      // It puts zero-width spaces where a long path may be broken.
      return `${text('.opblock-summary-method')} ${text('.opblock-summary-path')}`.replaceAll('\u200b', '');
    }),
  );
  expect(shown.sort()).toEqual([...operations, 'POST deliveryReport'].sort());
  await page.locator('.opblock', { hasText: '/commands/add-messages' }).click();
  await page.getByText('batch_code').first().waitFor();
  if (process.env.TEST_SCREENSHOT) await page.screenshot({ path: process.env.TEST_SCREENSHOT });
  expect(complaints).toEqual([]);
  expect(asked.filter((url) => new URL(url).origin !== stage.service.url)).toEqual([]);
  expect(asked.length).toBeGreaterThanOrEqual(5);
});

test('The page has no inline script, and a browser may cache its files for good', async () => {
  const page = await get('/docs');
  expect(page.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(page.body).not.toMatch(/<script>|<style|style=|https?:/);
  const files = [...page.body.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map(([, address]) => address);
  expect(files.length).toBe(3);
  for (const file of files) {
    const { status, headers } = await get(`/${file}`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-type')).toBe(
      file?.includes('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
    );
  }
});

test('No other file is served', async () => {
  for (const name of ['package.json', 'index.html', '..%2fpackage.json', 'swagger-ui.js.map', '__proto__'])
    expect((await get(`/docs/${name}`)).status).toBe(404);
});
