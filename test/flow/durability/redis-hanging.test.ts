// A Redis that takes commands and answers none, or is gone: what can do without it does, the rest says 503; all leave once.
import { beforeEach, expect, test } from 'vitest';
import { freeze } from '../../support/programs/freeze.js';
import type { Service } from '../../support/programs/service.js';
import { type RedisServer, startRedis } from '../../support/servers/redis.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds, type Tenant } from '../../support/stage/tenant.js';

const patience = { timeoutMs: 40_000 };

let redis: RedisServer;
let stage: Stage;
let sink: SmtpSink;
let app: ReportApp;
let service: Service;
let tenant: Tenant;
beforeEach(async () => {
  redis = await startRedis();
  stage = await setStage({ redis });
  [sink, app] = await Promise.all([stage.sink(), stage.app()]);
  service = await stage.service();
  tenant = await addTenant(service, 'acme', { app, server: sink });
  await addTenant(service, 'gone', { server: sink });
});

test.each([
  [
    'frozen',
    () => {
      const thaw = freeze(redis.pid);
      return async () => thaw();
    },
  ],
  [
    'killed',
    async () => {
      await redis.kill();
      return () => redis.restart();
    },
  ],
])(
  'while Redis is %s every call is answered, and what was accepted leaves once afterwards',
  async (_how, away) => {
    await tenant.handIn(service, [mail('before')]);
    await tenant.handIn(service, mails('later', 3, { deferred_ts: 4_000_000_000 }));
    await sink.waitFor(1);
    const back = await away();

    const soon = { timeoutMs: 15_000 };
    await tenant.handIn(service, mails('down', 20), soon);
    const call = async (command: string, body?: object) =>
      (await service.api('POST', `/commands/${command}`, body, soon)).status;
    expect(
      await Promise.all([
        call('delete-messages?tenant_id=acme', { ids: ['later-1'] }),
        call('suspend?tenant_id=acme').then(() => call('activate?tenant_id=acme')),
        service.api('DELETE', '/tenant/gone', undefined, soon).then(({ status }) => status),
      ]),
    ).toEqual([200, 200, 200]);
    const refused = await service.api('POST', '/commands/run-now', undefined, soon);
    expect(refused).toMatchObject({ status: 503, body: { detail: 'Redis does not answer; try again' } });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await service.api('GET', '/ready', undefined, soon)).status).toBe(503);
    expect(sink.count).toBe(1);

    await back();
    await sink.waitFor(21, patience);
    await app.waitFor(({ entries }) => countIds(entries).size === 21, patience);
    expect(sink.count).toBe(21);
    expect(await tenant.list(service)).toHaveLength(23);
    expect(await call('run-now')).toBe(200);
  },
);
