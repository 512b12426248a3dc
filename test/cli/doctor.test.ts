// `doctor` says of each thing that mail depends on how it is and what to do, and its exit code says whether all is well.
import { expect, onTestFinished, test } from 'vitest';
import { openApi } from '../../src/cli/call-api.js';
import { checkMailbox } from '../../src/cli/doctor/check-mailbox.js';
import { checkDisk, checkNode } from '../../src/doctor/check-machine.js';
import { runCli } from '../support/cli/run-cli.js';
import { login } from '../support/mail-servers/dovecot.js';
import { startImap } from '../support/mail-servers/imap.js';
import { hasDovecotImap } from '../support/mail-servers/programs.js';
import { freePort } from '../support/programs/free-port.js';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { startNameServer } from '../support/servers/name-server.js';
import { mail } from '../support/stage/mail.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant } from '../support/stage/tenant.js';

interface Finding {
  check: string;
  verdict: string;
  found: string;
  remedy?: string;
}

test('a service with a good and a broken account, a deaf application and a domain without records', async () => {
  const stage = await setStage();
  const [service, sink] = [await stage.service(), await stage.sink()];
  const names = await startNameServer((name) =>
    name === 'example.org' ? { txt: ['v=spf1 -all'] } : 'NXDOMAIN',
  );
  const shop = await addTenant(service, 'shop', { server: sink });
  const deaf = { id: 'shop', client_base_url: 'http://127.0.0.1:1' };
  await service.api('PUT', '/tenant/shop', deaf);
  await service.api('POST', '/account', { id: 'broken', tenant_id: 'shop', host: '127.0.0.1', port: 1 });
  await shop.handIn(service, [mail('m1', { from: 'Jo <jo@example.org>', deferred_ts: 4_000_000_000 })]);

  const env = { MAIL_PROXY_URL: service.url, MAIL_PROXY_TOKEN: ADMIN_TOKEN, HOME: '/nonexistent' };
  const { code, stdout } = await runCli(['doctor', '--json', '--dns', names.address], env);
  const findings = JSON.parse(stdout) as Finding[];
  const verdictOn = (check: string) => findings.find((one) => one.check === check);
  expect(verdictOn('service')).toMatchObject({ verdict: 'ok' });
  expect(findings.filter(({ check }) => check.startsWith('account'))).toEqual([
    expect.objectContaining({ check: 'account shop/broken', verdict: 'wrong', remedy: expect.any(String) }),
    { check: 'account shop/main', verdict: 'ok', found: 'The login works' },
  ]);
  expect(verdictOn('endpoint of shop')).toMatchObject({
    verdict: 'wrong',
    found: expect.stringContaining('does not answer'),
  });
  expect(verdictOn('spf example.org')).toMatchObject({ verdict: 'ok' });
  expect(verdictOn('dmarc example.org')).toMatchObject({ verdict: 'wrong' });
  expect(code).toBe(1);
  await names.stop();
});

test('settings of the environment are checked with database, Redis and key; a service that does not run is named', async () => {
  const stage = await setStage();
  const port = String(await freePort());
  const env = {
    GMP_API_TOKEN: 'choose-a-long-one',
    GMP_PORT: port,
    GMP_DB_PATH: stage.database.path,
    GMP_REDIS_URL: stage.redis.url,
    GMP_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    HOME: '/nonexistent',
  };
  const { code, stdout } = await runCli(['doctor'], env);
  expect(stdout).toMatch(/^ok {7}node: Node \d/);
  expect(stdout).toMatch(/^ok {7}settings: All are valid$/m);
  expect(stdout).toMatch(/^ok {7}database: .* every migration is applied$/m);
  expect(stdout).toMatch(/redis: Redis \d\S+, noeviction/);
  expect(stdout).toMatch(/^ok {7}encryption key: GMP_ENCRYPTION_KEY is set$/m);
  expect(stdout).toMatch(new RegExp(`^WRONG {4}service: http://127.0.0.1:${port} does not answer`, 'm'));
  expect(code).toBe(1);
  const bad = await runCli(['doctor'], { ...env, GMP_PORT: 'eighty' });
  expect(bad.stdout).toMatch(/^WRONG {4}settings: GMP_PORT "eighty" is not a whole number$/m);
});

test('an old Node and a full disk are wrong', async () => {
  expect([checkNode('18.1.0').verdict, checkNode('20.19.1').verdict]).toEqual(['wrong', 'ok']);
  const full = { bavail: 10, bsize: 4096, files: 100, ffree: 10 };
  const [disk] = await checkDisk({ dbPath: 'postgresql://x' }, (async () => full) as never);
  expect(disk).toMatchObject({ verdict: 'wrong', found: '0 MiB are free' });
});

test.runIf(hasDovecotImap)('of the mailbox for bounces the login and the folder are tried', async () => {
  const imap = await startImap();
  onTestFinished(() => imap.stop());
  const service = await (await setStage()).service();
  const api = openApi({ url: service.url, token: ADMIN_TOKEN });
  const checkWith = async (own: object) => {
    const at = { imap_host: imap.host, imap_port: imap.port, imap_ssl: false, imap_starttls: false };
    const body = { enabled: true, ...at, imap_user: login.user, imap_password: login.password, ...own };
    expect((await service.api('PUT', '/instance/bounce', body)).status).toBe(200);
    const { verdict, found } = await checkMailbox(api);
    return `${verdict}: ${found}`;
  };
  expect((await checkMailbox(api)).found).toContain('None is set up');
  expect(await checkWith({})).toMatch(/^ok: .* the login works, and INBOX can be read$/);
  expect(await checkWith({ imap_password: 'wrong' })).toMatch(/^wrong: .*log/i);
  expect(await checkWith({ imap_folder: 'Nowhere' })).toMatch(/^wrong: .*Nowhere/);
});
