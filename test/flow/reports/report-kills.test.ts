// Over kills at any moment every result is reported, and twice only what was on its way to the application when it happened.
import { expect, onTestFinished, test } from 'vitest';
import type { Program } from '../../support/programs/program.js';
import { type AppCall, startReportApp } from '../../support/servers/report-app.js';
import { mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

/** KILLS=40 for a longer look. */
const kills = Number(process.env.KILLS ?? 3);
const settings = {
  GMP_REPORT_BATCH_SIZE: '7',
  GMP_IN_DOUBT_GRACE_SECONDS: '0',
  GMP_RETRY_DELAYS: '1',
  GMP_MAX_RETRIES: '20',
};

type Moment = 'before the answer' | 'with the answer' | 'after the answer';
const moments: Moment[] = ['before the answer', 'with the answer', 'after the answer'];

test('each kill repeats at most the one report that was under way, and loses nothing', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  let service: Program;
  let next: { calls: number; moment: Moment } | undefined;
  let died: () => void = () => {};
  /** The calls that were the last when a process was killed. */
  const cut = new Set<AppCall>();
  const kill = async (call: AppCall) => {
    cut.add(call);
    await service.kill();
    died();
  };
  const app = await startReportApp({
    answer: async (call) => {
      if (next === undefined || --next.calls > 0) return undefined;
      const { moment } = next;
      next = undefined;
      if (moment === 'before the answer') await kill(call);
      else if (moment === 'with the answer') void kill(call);
      else setImmediate(() => setTimeout(() => void kill(app.calls.at(-1)!), 2));
      return undefined;
    },
  });
  onTestFinished(app.stop);
  service = await stage.program(settings);
  const tenant = await addTenant(service, 'acme', { app, server: sink });
  for (let n = 1; n <= kills; n++) {
    const dead = new Promise<void>((resolve) => {
      died = resolve;
    });
    next = { calls: 1 + (n % 4), moment: moments[n % 3]! };
    await tenant.handIn(service, mails(`round-${n}`, 30)).catch(() => undefined);
    await dead;
    service = await stage.program(settings);
  }
  const listed = await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);

  const timesTold = new Map<number, AppCall[]>();
  for (const call of app.calls) {
    for (const { event_id } of (call.body as { delivery_report: { event_id: number }[] }).delivery_report) {
      timesTold.set(event_id, [...(timesTold.get(event_id) ?? []), call]);
    }
  }
  const happened = listed.flatMap(({ history }) => history.filter((one) => one.event_type !== 'queued'));
  const untold = happened.filter(({ event_id }) => !timesTold.has(event_id));
  expect(untold).toEqual([]);
  const repeated = [...timesTold].filter(([, calls]) => calls.length > 1);
  const unexplained = repeated.filter(([, calls]) => calls.slice(0, -1).some((call) => !cut.has(call)));
  expect(unexplained.map(([id]) => id)).toEqual([]);
  // Otherwise no kill came at the moment it was meant for, and the above says nothing.
  expect(repeated.length).toBeGreaterThan(0);
  const firstTold = [...timesTold.keys()];
  expect(firstTold).toEqual([...firstTold].sort((a, b) => a - b));
  if (process.env.KILLS) console.log({ kills, events: timesTold.size, repeated: repeated.length });
}, 600_000);
