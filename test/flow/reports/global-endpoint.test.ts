// Tenants without an endpoint are reported to that of the installation, each in reports of its own; without any, events wait.
import { beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

interface Body {
  tenant_id?: string;
  delivery_report: { tenant_id: string; id: string }[];
}

test.each([
  ['token', { GMP_CLIENT_SYNC_TOKEN: 'global' }, 'Bearer global'],
  ['user', { GMP_CLIENT_SYNC_USER: 'ann', GMP_CLIENT_SYNC_PASSWORD: 'secret' }, 'Basic YW5uOnNlY3JldA=='],
])(
  'the endpoint of the installation gets the reports of tenants that have none, with its %s',
  async (_what, credentials, header) => {
    const [app, own, sink] = [await stage.app(), await stage.app(), await stage.sink()];
    const url = `${app.url}/all/reports?from=mail-proxy`;
    const service = await stage.service({ GMP_CLIENT_SYNC_URL: url, ...credentials });
    const tenants = [
      await addTenant(service, 'a', { server: sink }),
      await addTenant(service, 'b', { server: sink }),
      await addTenant(service, 'c', { server: sink, app: own }),
    ];
    await Promise.all(tenants.map((tenant) => tenant.handIn(service, mails('m', 4))));
    for (const tenant of tenants) {
      await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
    }
    for (const call of [...app.calls, ...app.idleCalls]) {
      const { tenant_id, delivery_report } = call.body as Body;
      expect([call.path, call.headers.authorization]).toEqual(['/all/reports?from=mail-proxy', header]);
      expect(delivery_report.every((entry) => entry.tenant_id === tenant_id)).toBe(true);
    }
    const told = app.entries.map(({ tenant_id, id }) => `${tenant_id}/${id}`).sort();
    expect(told).toEqual(['a', 'b'].flatMap((tenant) => [1, 2, 3, 4].map((n) => `${tenant}/m-${n}`)));
    expect(own.entries.every(({ tenant_id }) => tenant_id === 'c')).toBe(true);
    expect(own.calls[0]?.headers.authorization).toBeUndefined();
  },
);

test('without any endpoint events are listed and count as unreported, until there is one', async () => {
  const [app, sink] = [await stage.app(), await stage.sink()];
  const first = await stage.service();
  const tenant = await addTenant(first, 'a', { server: sink });
  await tenant.handIn(first, mails('m', 4));
  const listed = await tenant.untilAll(first, ({ status }) => status === 'sent');
  expect(listed.every(({ reported_ts }) => reported_ts === undefined)).toBe(true);
  const events = listed.flatMap(({ history }) => history.filter((one) => one.event_type === 'sent'));
  expect(events.map(({ reported_ts }) => reported_ts)).toEqual([undefined, undefined, undefined, undefined]);
  await first.term();

  const second = await stage.service({ GMP_CLIENT_SYNC_URL: app.url });
  await tenant.untilAll(second, ({ reported_ts }) => reported_ts !== undefined);
  await waitFor('every entry', async () => app.entries.length === 4);
});
