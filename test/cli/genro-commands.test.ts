// Every command line in the documentation of genro-mail-proxy, typed as it stands there, does what it says there.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../support/cli/run-cli.js';
import { runHere } from '../support/cli/run-here.js';
import { freePort } from '../support/programs/free-port.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { startSmtpSink } from '../support/servers/smtp-sink.js';

const folder = await tempFolder('genro-commands');
const sink = await startSmtpSink();
const env = { MAIL_PROXY_HOME: join(folder.path, 'home') };
const mail = join(folder.path, 'email.eml');
writeFileSync(mail, 'From: a@example.org\nTo: b@example.org\nSubject: Hi\n\nText\n');
afterAll(async () => {
  await runCli(['stop', 'myserver', '--force'], env);
  await sink.stop();
  await folder.remove();
});

const port = await freePort();
const account = `--host ${sink.host} --port ${sink.port} --user U --password S`;
const limits = '--limit-minute 9 --limit-hour 90 --limit-day 900';

/** In this order; each with what it prints. A line that begins with `$` runs in a process of its own. */
const lines: [line: string, prints: RegExp][] = [
  [`$start myserver --background --host 127.0.0.1 --port ${port}`, /^myserver runs at /],
  ['list', /^NAME .*\nmyserver +running/],
  ['status myserver', /^myserver is running at .*\n0 messages are queued/],
  ['use myserver', /^Using myserver\n/],
  ['current', /^myserver\n/],
  ['myserver info', /^id: +1$/m],
  ['myserver info --json', /"active": true/],
  ['myserver token', /^[\w-]{43}\n/],
  ['myserver tenants add acme --name N --base-url http://127.0.0.1:1 --sync-path /p', /^acme is added/],
  ['myserver tenants list --active-only', /^acme +N +yes/m],
  ['myserver tenants list --json', /"id": "acme"/],
  ['myserver tenants show acme', /^client_sync_path: +\/p$/m],
  ['myserver tenants update acme --name Other', /^acme is changed/],
  ['myserver acme info', /^name: +Other$/m],
  [`myserver acme accounts add main ${account} ${limits} --no-tls --no-verify`, /^main is added/],
  ['myserver acme accounts list', /^main +127\.0\.0\.1:\d+ +U +9 +90 +900 +idle$/m],
  ['myserver acme accounts show main', /^limit_per_day: +900$/m],
  [`myserver acme send ${mail} --priority 1`, /^Queued as /],
  ['myserver acme run-now', /^Running now/],
  ['myserver run-now', /^Running now/],
  ['myserver stats', /^acme +main/m],
  ['myserver acme messages list --limit 10', /a@example|b@example\.org/],
  ['myserver acme messages list --status pending --csv', /^id,status,account/],
  ['myserver command-log list --csv', /^\d{4}-\d\d-\d\dT[\d:]+Z,addTenant,acme,admin,200$/m],
  ['myserver acme accounts delete main --force', /^main is deleted/],
  ['config show', /^GMP_PORT +\d+ +.*config\.ini:\d+$/m],
  ['myserver config show', /^GMP_PORT +\d+ +.*config\.ini:\d+$/m],
  ['myserver config set max_retries 7', /^GMP_MAX_RETRIES is 7/],
  ['myserver config bounce', /^imap_port: +993$/m],
  ['myserver command-log list', /addMessages/],
  ['myserver command-log export', /^\{.*"endpoint":"/m],
  ['myserver command-log purge', /config set GMP_COMMAND_LOG_RETENTION_SECONDS/],
  ['myserver tenants delete acme --force', /^acme is deleted/],
  ['myserver token --regenerate', /^[\w-]{43}\n/],
  ['$restart myserver', /^myserver runs at /],
  ['stop myserver', /^myserver is stopped/],
  ['delete --force myserver', /^myserver is deleted/],
];

test('every command line works as it is written there', async () => {
  for (const [line, prints] of lines) {
    const run = line.startsWith('$') ? runCli : runHere;
    const { code, stdout, stderr } = await run(line.replace('$', '').split(' '), env);
    expect({ line, code, stdout, stderr }).toMatchObject({
      line,
      code: 0,
      stdout: expect.stringMatching(prints),
    });
  }
  expect(existsSync(join(env.MAIL_PROXY_HOME, 'myserver'))).toBe(false);
});
