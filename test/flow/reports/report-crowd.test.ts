// Fifty of two hundred applications hang, and no other tenant notices; two processes never tell one of them the same thing.
import { expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import type { AppAnswer, AppCall } from '../../support/servers/report-app.js';
import { mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

const tenants = 200;
const hanging = 50;

/** Who waits for whom is decided by the process; what is told twice, by the database. */
const onSqlite = test.runIf(process.env.TEST_DATABASE === 'sqlite');

onSqlite(
  'the reports of 150 tenants arrive while the endpoints of 50 hang; once those answer, theirs do, oldest first',
  async () => {
    const stage = await setStage();
    let isBack = false;
    const waiting: ((answer: AppAnswer) => void)[] = [];
    const answer = ({ path }: AppCall) =>
      path.startsWith('/hang-') && !isBack
        ? new Promise<AppAnswer>((resolve) => waiting.push(resolve))
        : undefined;
    const [sink, app] = [await stage.sink(), await stage.app({ answer, idle: answer })];
    const env = {
      GMP_REPORT_TIMEOUT_SECONDS: '600',
      // One account for all of them, so that it is the reports that are looked at.
      GMP_SMTP_HOST: sink.host,
      GMP_SMTP_PORT: String(sink.port),
      GMP_SMTP_USE_TLS: '0',
    };
    const [service] = [await stage.service(env), await stage.program({ ...env, GMP_ROLES: 'worker' })];
    const ids = Array.from({ length: tenants }, (_, n) => (n < hanging ? `hang-${n}` : `fine-${n}`));
    for (let from = 0; from < tenants; from += 20) {
      const some = ids.slice(from, from + 20);
      await Promise.all(
        some.map((id) => addTenant(service, id, { tenant: { client_base_url: `${app.url}/${id}` } })),
      );
    }
    await app.waitFor(({ idleCalls }) => idleCalls.length === tenants, { timeoutMs: 60_000 });
    const messages = ids.flatMap((id) => mails(id, 3, { tenant_id: id }));
    await service.api('POST', '/commands/add-messages', { messages });
    const told = (prefix: string) => app.entries.filter(({ id }) => id.startsWith(prefix)).length;
    await app.waitFor(() => told('fine-') === (tenants - hanging) * 3, { timeoutMs: 60_000 });
    expect([told('hang-'), waiting.length]).toEqual([0, hanging]);

    isBack = true;
    for (const reply of waiting) reply({});
    await app.waitFor(() => told('hang-') === hanging * 3, { timeoutMs: 60_000 });
    await waitFor('all to be marked', async () => {
      const { body } = await service.api<{ tenants: { next_sync_due: boolean }[] }>(
        'GET',
        '/tenants/sync-status',
      );
      return body.tenants.every(({ next_sync_due }) => !next_sync_due);
    });
    expect([...countIds(app.entries).values()].every((times) => times === 1)).toBe(true);
    for (const id of ids) {
      const events = app.entries
        .filter((entry) => entry.tenant_id === id)
        .map(({ event_id }) => event_id as number);
      expect(events).toEqual([...events].sort((a, b) => a - b));
    }
  },
  180_000,
);

test('losing everything in Redis while a report is under way does not have it told by two at once', async () => {
  const stage = await setStage();
  let release: (answer: AppAnswer) => void = () => {};
  const sink = await stage.sink();
  const app = await stage.app({
    answer: (_call, n) =>
      n === 1
        ? new Promise<AppAnswer>((resolve) => {
            release = resolve;
          })
        : undefined,
  });
  const witness = await stage.app();
  const [service] = [await stage.service(), await stage.program({ GMP_ROLES: 'worker' })];
  const tenant = await addTenant(service, 'slow', { app, server: sink });
  const other = await addTenant(service, 'witness', { app: witness, server: sink });
  await tenant.handIn(service, mails('m', 5));
  await app.waitFor(({ calls }) => calls.length === 1);
  await stage.emptyRedis();
  // Both processes notice within a second; then reports are asked for anew.
  await other.handIn(service, mails('m', 5));
  await other.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  await tenant.handIn(service, mails('later', 2));
  await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(app.calls).toHaveLength(1);
  release({});
  await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  expect([app.entries.length, countIds(app.entries).size]).toEqual([7, 7]);
});
