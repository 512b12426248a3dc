// What a developer has open while working: reports that arrive here, accounts that are watched, a prompt with the service in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiveReports } from '../../src/cli/listen/receive-reports.js';
import { systemClock } from '../../src/clock.js';
import { runInTerminal } from '../support/cli/run-cli.js';
import { runHere } from '../support/cli/run-here.js';
import { ADMIN_TOKEN, type Service } from '../support/programs/service.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { waitFor } from '../support/programs/wait-for.js';
import type { ReportApp } from '../support/servers/report-app.js';
import { mail } from '../support/stage/mail.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../support/stage/tenant.js';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const folder = await tempFolder('develop');
afterAll(() => folder.remove());
let service: Service;
let app: ReportApp;
let shop: Tenant;
let env: Record<string, string>;
beforeAll(async () => {
  const stage = await setStage();
  service = await stage.service();
  app = await stage.app();
  shop = await addTenant(service, 'shop', { server: await stage.sink() });
  env = {
    MAIL_PROXY_URL: service.url,
    MAIL_PROXY_TOKEN: ADMIN_TOKEN,
    MAIL_PROXY_HOME: join(folder.path, 'home'),
  };
});

test('listen takes over the reports, verifies and passes them on, and Ctrl-C puts the endpoint back', async () => {
  const before = (await service.api('GET', '/tenant/shop')).body;
  const child = spawn(process.execPath, [program, 'listen', '-t', 'shop', '--forward-to', app.url], {
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (shown += chunk));
  const until = (line: RegExp) => waitFor(String(line), async () => line.test(shown));
  await until(/^Webhook secret: whsec_/m);
  await shop.handIn(service, [mail('reported')]);
  await until(/events, signature valid, answered 200\n(?: {2}.*\n)* {2}sent {2}reported$/m);
  expect(JSON.stringify(app.calls)).toContain('reported');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  const after = (await service.api('GET', '/tenant/shop')).body;
  expect({ ...after, updated_at: '', quotas: {} }).toEqual({ ...before, updated_at: '', quotas: {} });
});

test('a report with a wrong signature is shown as such; an application that is away is a 502, so that it is reported again', async () => {
  const shown: unknown[] = [];
  const settings = { host: '127.0.0.1', port: 0, forwardTo: 'http://127.0.0.1:9', secret: 'whsec_c2VjcmV0' };
  const receiving = await receiveReports({ clock: systemClock }, settings, (report) => shown.push(report));
  const headers = {
    'webhook-id': 'm1',
    'webhook-timestamp': String(Math.floor(systemClock.now() / 1000)),
    'webhook-signature': 'v1,AAAA',
  };
  const body = JSON.stringify({ delivery_report: [{ id: 'x' }] });
  const answer = await fetch(`http://127.0.0.1:${receiving.port}/`, { method: 'POST', headers, body });
  expect(answer.status).toBe(502);
  expect(shown).toEqual([{ entries: [{ id: 'x' }], signature: 'WRONG', status: 502 }]);
  await receiving.close();
});

test('top and accounts list show what waits, how full the limits are, and why', async () => {
  const closed = { id: 'closed', tenant_id: 'shop', host: '127.0.0.1', port: 1, limit_per_hour: 7 };
  await service.api('POST', '/account', closed);
  await shop.handIn(service, [mail('waits', { account_id: 'closed' })]);
  await shop.until(service, 'waits', ({ status }) => status === 'deferred');
  const { stdout } = await runHere(['top'], env);
  expect(stdout).toMatch(/^shop +closed +\d+ +0 +0\/7 h +(breaker (half )?open .*: |sending)/m);
  expect(stdout).toMatch(/^shop +main +0 +\d+ +idle/m);
  const list = await runHere(['accounts', 'list', '-t', 'shop'], env);
  expect(list.stdout).toMatch(/^closed .* (refused by its server|sending)$/m);
});

test('connect has the service at a prompt, with history and completion, or runs one line of code', async () => {
  const one = await runHere(['connect', '-t', 'shop', '--eval', 'proxy.messages.get("reported")'], env);
  expect(JSON.parse(one.stdout)).toMatchObject({ id: 'reported', status: 'sent' });
  expect(await runHere(['connect', '--eval', 'proxy.nothing()'], env)).toMatchObject({ code: 1, stdout: '' });
  expect(await runHere(['connect'], env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--eval'),
  });
  const { code, screen } = await runInTerminal(['connect', '-t', 'shop'], env, [
    [/> /, 'proxy.messages.expl\t'],
    [/explain/, '("waits")\r'],
    [/account_rests|deferred/, 'proxy.messages.get("nobody")\r'],
    [/message not found/, '\u0004'],
  ]);
  expect({ code, screen }).toMatchObject({ code: 0 });
  const history = join(env.MAIL_PROXY_HOME ?? '', '.connect_history');
  expect(existsSync(history) && statSync(history).mode & 0o777).toBe(0o600);
  expect(readFileSync(history, 'utf8')).toContain('proxy.messages.explain("waits")');
});
