// An instance is made, started, found, stopped and deleted by name; a first mail leaves with what the commands print.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runCli } from '../support/cli/run-cli.js';
import { freePort } from '../support/programs/free-port.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { type SmtpSink, startSmtpSink } from '../support/servers/smtp-sink.js';

const folder = await tempFolder('instances');
const home = join(folder.path, 'home');
let sink: SmtpSink;
beforeAll(async () => {
  sink = await startSmtpSink();
});
afterAll(async () => {
  for (const name of ['first', 'twice']) await run('stop', name, '--force');
  await sink.stop();
  await folder.remove();
});

const run = (...args: string[]): Promise<Ran> => runCli(args, { MAIL_PROXY_HOME: home });

test('from nothing to the first mail, in the order of words of the documentation of genro-mail-proxy', async () => {
  expect((await run('list')).stdout).toContain('No instances');
  const none = await run('tenants', 'list');
  expect(none).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('mail-proxy start NAME') });

  const started = await run('start', 'first', '--background', '--port', String(await freePort()));
  expect(started).toEqual({
    code: 0,
    stdout: expect.stringContaining('first runs at http://127.0.0.1:'),
    stderr: '',
  });
  for (const file of ['config.ini', 'token', 'mail-proxy.log', 'mail_service.db', 'mail_service.db.key']) {
    expect([file, statSync(join(home, 'first', file)).mode & 0o777]).toEqual([file, 0o600]);
  }
  expect((await run('start', 'first', '--background')).stdout).toContain('runs already');
  const [listed] = JSON.parse((await run('list', '--json')).stdout);
  expect(listed).toMatchObject({ name: 'first', state: 'running', queued: 0 });
  expect((await run('list')).stdout).toMatch(/NAME +STATE +ADDRESS +UPTIME +QUEUED\nfirst +running/);

  const added = await run('first', 'tenants', 'add', 'acme', '--name', 'Acme');
  expect(added.stdout).toMatch(/acme is added.*\n[\w-]{43}\n/);
  const { host, port } = sink;
  const account = ['--host', host, '--port', String(port), '--no-tls', '--limit-hour', '100'];
  expect((await run('first', 'acme', 'accounts', 'add', ...account)).stdout).toContain(
    'default is added, and the login works',
  );
  const eml = join(folder.path, 'mail.eml');
  writeFileSync(
    eml,
    'From: Jo <jo@example.org>\r\nTo: you@example.org\r\nSubject: Grüße\r\nX-Own: 1\r\n\r\nHello\r\n',
  );
  const sent = await run('first', 'acme', 'send', eml, '--priority', '1', '--id', 'm1', '--wait');
  expect(sent).toEqual({ code: 0, stdout: 'm1 is sent\n', stderr: '' });
  expect(sink.messages.map(({ id }) => id)).toEqual(['m1']);
  const messages = JSON.parse((await run('first', 'acme', 'messages', 'list', '--json')).stdout);
  expect(messages).toMatchObject([{ id: 'm1', status: 'sent', message: { subject: 'Grüße' } }]);
  expect((await run('messages', 'list', '--csv')).stdout).toMatch(
    /^id,status,.*\nm1,sent,default,you@example.org,Grüße,/,
  );
  expect((await run('stats')).stdout).toMatch(/acme +default +0 +1 +0 +0/);

  const stopped = await run('stop', 'first');
  expect(stopped.stdout).toBe('first is stopped\n');
  expect(await run('status', 'first')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('first is stopped'),
  });
  const away = await run('first', 'stats');
  expect(away).toMatchObject({ code: 1, stderr: expect.stringContaining('does not answer') });
  expect((await run('first', 'tenants', 'list')).stderr).toContain('mail-proxy start first --background');
  expect(await run('delete', 'first')).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
  expect((await run('delete', 'first', '--force')).stdout).toBe('first is deleted\n');
  expect(existsSync(join(home, 'first'))).toBe(false);
});

test('two starts at once end in one instance; a process id that another process has now is not taken for it', async () => {
  const port = String(await freePort());
  const both = await Promise.all([1, 2].map(() => run('start', 'twice', '--background', '--port', port)));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const running = JSON.parse(readFileSync(join(home, 'twice', 'pid.json'), 'utf8'));
  expect((await run('status', 'twice')).code).toBe(0);
  await run('stop', 'twice', '--force');
  writeFileSync(join(home, 'twice', 'pid.json'), JSON.stringify({ ...running, pid: process.pid }));
  expect((await run('status', 'twice')).stdout).toContain('is stopped');
  // Must not end the process that has the id now, which is this one.
  expect((await run('stop', 'twice')).stdout).toContain('did not run');
});

test('what is misspelt or missing is said in a sentence with exit code 2, what is unknown with 1', async () => {
  expect(await run('tennants', 'list')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'There is no command tennants; did you mean tenants?\n',
  });
  expect(await run('twice', 'acme', 'acounts', 'list')).toMatchObject({
    code: 2,
    stderr: 'There is no such command of twice; did you mean accounts?\n',
  });
  expect(await run('tenants', 'list', '--activ-only')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean --active-only?'),
  });
  expect(await run('tenants', 'frobnicate')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no command'),
  });
  expect(await run('info', '--instance', 'nosuch')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no instance nosuch'),
  });
  expect(await run('start', '../x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not a name'),
  });
  expect(await run('login', 'there')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'Missing: --url URL, --token-file FILE\n',
  });
});
