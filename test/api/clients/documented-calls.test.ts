// The calls in docs/*.md are run as they stand there, with the address and the token of the service that is tried.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { message, setApiStage } from '../../support/stage/api-stage.js';

const folder = new URL('../../../docs/', import.meta.url);

/** The calls of a page: a line each, or as many as a backslash or an open quotation mark asks for. */
function callsOf(page: string): string[] {
  const calls: string[] = [];
  let open: string | undefined;
  for (const line of readFileSync(new URL(page, folder), 'utf8').split('\n')) {
    if (open === undefined && !/^ {4,}(api|curl) /.test(line)) continue;
    open = open === undefined ? line.trim() : `${open}\n${line}`;
    if (open.endsWith('\\') || open.split("'").length % 2 === 0) continue;
    calls.push(open);
    open = undefined;
  }
  return calls;
}

/** Calls that are refused where GMP_API_TOKEN sets the admin token, as it does here. */
const refused = new Map([
  [`api -X PUT localhost:8000/instance -d '{"api_token": "choose-another-long-one"}'`, '409'],
]);

const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const calls = pages.flatMap((page) => callsOf(page).map((call) => ({ page, call })));

test('every call in the documents is taken', { timeout: 60_000 }, async () => {
  const stage = await setApiStage({ GMP_ATTACHMENT_BASE_DIR: '/srv/files' });
  await stage.tenant('shop', { client_base_url: 'http://127.0.0.1:9' });
  await stage.account('shop', 'main', { port: 9 });
  await stage.add([message({ id: 'order-1' }), message({ id: 'order-7' })]);
  const script = [
    `curl() { command curl -s -o /dev/null -w '%{http_code}\\n' "$@"; }`,
    `api() { curl -H "X-API-Token: $ADMIN" -H 'Content-Type: application/json' "$@"; }`,
    ...calls.map(({ call }) =>
      call
        .replaceAll('localhost:8000', stage.service.url)
        .replaceAll(/(X-API-Token: )(choose-a-long-one|\.\.\.)/g, `$1${ADMIN_TOKEN}`),
    ),
  ].join('\n');
  const env = { ...process.env, ADMIN: ADMIN_TOKEN, TOKEN: ADMIN_TOKEN };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env });
  const answered = stdout.trim().split('\n');
  expect(calls.map((one, i) => ({ ...one, status: answered[i] }))).toEqual(
    calls.map((one) => ({ ...one, status: refused.get(one.call) ?? '200' })),
  );
  expect(calls.length).toBeGreaterThan(15);
});
