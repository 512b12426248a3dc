// Limits measured where they count: at the mail server, by its own clock, whatever happens to the processes that send.
// A minute of the services takes 15 s of the server's; TEST_CLOCK_SPEED=1 makes it a real one.
import { describe, expect, test } from 'vitest';
import type { Program } from '../../support/programs/program.js';
import { type ServiceClock, serviceClock } from '../../support/programs/service-clock.js';
import type { SmtpSink, SmtpSinkOptions } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { openStage, type Stage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

const limit = 20;
/** More than two minutes take. */
const backlog = 2 * limit + 5;
const hourMs = 3_600_000;
const patience = { timeoutMs: 200_000 };
const settings = {
  GMP_RETRY_DELAYS: '1',
  GMP_MAX_RETRIES: '50',
  // A second of the server's.
  GMP_SWEEP_INTERVAL_SECONDS: '4',
};

interface Scene {
  stage: Stage;
  clock: ServiceClock;
  services: Program[];
  sink: SmtpSink;
  tenant: Tenant;
  start(): Promise<Program>;
}

interface Setting {
  processes: number;
  answers?: SmtpSinkOptions;
  limits?: Record<string, number>;
}

let lastStart: Promise<unknown> = Promise.resolve();

/** What the scene with three processes, which also runs on PostgreSQL, shows of the database: sends are counted in it alone. */
const onSqlite = test.runIf(process.env.TEST_DATABASE === 'sqlite');

/** All scenes play at once, but start in turn: time-outs run faster, and a busy machine does not. */
function inTurn(start: () => Promise<Program>): Promise<Program> {
  const started = lastStart.then(start, start);
  lastStart = started;
  return started;
}

/** Concurrent tests cannot leave the clean-up to a hook: the hook of another test could run it. */
async function play({ processes, answers, limits }: Setting, act: (scene: Scene) => Promise<void>) {
  const [stage, clock] = await Promise.all([openStage(), serviceClock(4)]);
  try {
    const start = () => inTurn(() => stage.program({ ...clock.env, ...settings }));
    const sink = await stage.sink({ delayMs: 5, ...answers });
    const first = await start();
    const others = await Promise.all(Array.from({ length: processes - 1 }, start));
    const account = { limit_per_minute: limit, ...limits };
    const tenant = await addTenant(first, 'acme', { server: sink, account });
    await act({ stage, clock, services: [first, ...others], sink, tenant, start });
  } finally {
    await Promise.all([stage.remove(), clock.remove()]);
  }
}

/** When the server had each mail that it took, or may have taken. */
function timesAt(sink: SmtpSink): number[] {
  return sink.attempts
    .filter(({ answer }) => answer === 'accepted' || answer === 'drop')
    .map(({ receivedAt }) => receivedAt)
    .sort((a, b) => a - b);
}

/** In no minute, wherever it begins, had the server more than the limit. */
function expectKept({ sink, clock }: Scene): void {
  const times = timesAt(sink);
  const spans = times.slice(limit).map((at, i) => at - (times[i] ?? 0));
  expect(spans.length).toBeGreaterThan(limit);
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(60_000 / clock.speed);
}

/** What the machine may take of two fast minutes for itself, milliseconds; of real ones it has to be content with 5 %. */
const ofMachineMs = 8000;

/** Of what two minutes allow, 95 % is used: what comes after them comes when they are over. */
function expectUsed({ sink, clock }: Scene): void {
  const times = timesAt(sink);
  const took = (times[2 * limit] ?? Number.NaN) - (times[0] ?? 0);
  const least = (2 * 60_000) / clock.speed;
  if (clock.speed === 1)
    console.log(`${((100 * least) / took).toFixed(1)} % used: ${expect.getState().currentTestName}`);
  expect(took).toBeLessThan(least / 0.95 + (clock.speed === 1 ? 0 : ofMachineMs));
}

/** The first minutes are under way, and the next is awaited. */
const minuteIsFull = ({ sink }: Scene, nth = 1) => sink.waitFor(nth * limit, patience);
const allCame = ({ sink }: Scene) => sink.waitFor(backlog, patience);

describe.concurrent('in no sliding minute more than the limit, and nearly all of it used', () => {
  onSqlite('by one process', { timeout: 300_000 }, async () => {
    await play({ processes: 1 }, async (scene) => {
      await scene.tenant.handIn(scene.services[0]!, mails('m', backlog));
      await allCame(scene);
      expectKept(scene);
      expectUsed(scene);
    });
  });

  onSqlite('by two processes', { timeout: 300_000 }, async () => {
    await play({ processes: 2 }, async (scene) => {
      await scene.tenant.handIn(scene.services[0]!, mails('m', backlog));
      await allCame(scene);
      expectKept(scene);
      expectUsed(scene);
    });
  });

  onSqlite(
    'where the server refuses every third recipient at first, and cuts a connection after a body',
    {
      timeout: 300_000,
    },
    async () => {
      let n = 0;
      const answers: SmtpSinkOptions = {
        onRcpt: (_address, attempt) => {
          if (attempt > 1) return undefined;
          n += 1;
          return n % 3 === 0 ? { code: 451, message: '4.7.1 Try again later' } : undefined;
        },
        onData: (_message, body) => (body === 7 ? 'drop' : undefined),
      };
      await play({ processes: 1, answers }, async (scene) => {
        await scene.tenant.handIn(scene.services[0]!, mails('m', backlog));
        await allCame(scene);
        expect(scene.sink.attempts).toHaveLength(backlog + 1);
        expectKept(scene);
        expectUsed(scene);
      });
    },
  );

  onSqlite(
    'by two processes whose wall clock goes back by an hour, and later ahead by two',
    {
      timeout: 300_000,
    },
    async () => {
      await play({ processes: 2 }, async (scene) => {
        await scene.tenant.handIn(scene.services[0]!, mails('m', backlog));
        await scene.sink.waitFor(limit / 2, patience);
        await scene.clock.setAhead(-hourMs);
        await minuteIsFull(scene, 1.5);
        await scene.clock.setAhead(hourMs);
        await allCame(scene);
        expectKept(scene);
        expectUsed(scene);
        expect(scene.sink.attempts).toHaveLength(backlog);
      });
    },
  );

  test('by three processes that are killed one after the other and started again, with Redis emptied', {
    timeout: 300_000,
  }, async () => {
    await play({ processes: 3, answers: { delayMs: 50 } }, async (scene) => {
      const { services, sink, tenant, stage, start } = scene;
      await tenant.handIn(services[0]!, mails('m', backlog));
      await sink.waitFor(limit / 4, patience);
      await services[1]!.kill();
      await minuteIsFull(scene, 0.75);
      await stage.emptyRedis();
      services[1] = await start();
      await minuteIsFull(scene, 1.25);
      await services[2]!.kill();
      services[2] = await start();
      await minuteIsFull(scene, 1.75);
      await services[0]!.kill();
      await stage.emptyRedis();
      services[0] = await start();
      await allCame(scene);
      expectKept(scene);
      expectUsed(scene);
    });
  });

  onSqlite(
    'with the hour and the day above it: the fullest decides, and each is told',
    {
      timeout: 300_000,
    },
    async () => {
      const limits = { limit_per_minute: 4, limit_per_hour: 6, limit_per_day: 6 };
      await play({ processes: 1, limits }, async ({ tenant, services: [service], sink, clock }) => {
        await tenant.handIn(service!, mails('m', 9));
        await sink.waitFor(4, patience);
        await sink.waitFor(6, patience);
        const times = timesAt(sink);
        expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(60_000 / clock.speed);
        await tenant.untilAll(service!, ({ status }) => status !== 'pending');
        const [waiting] = (await tenant.list(service!)).filter(({ status }) => status === 'deferred');
        const { status, body } = await service!.api<{
          reasons: Record<string, unknown>[];
          expected_ts: number;
        }>('GET', `/messages/${waiting?.id}/explain?tenant_id=acme`);
        expect([status, body]).toMatchObject([200, {}]);
        const told = body.reasons.map(({ kind, window, limit: of }) => [kind, window, of]);
        expect(told).toContainEqual(['rate_limit', 'hour', 6]);
        expect(told).toContainEqual(['rate_limit', 'day', 6]);
        expect(body.expected_ts * 1000 - clock.now()).toBeGreaterThan(20 * hourMs);
        // Another minute's allowance passes unused.
        await new Promise((resolve) => setTimeout(resolve, 70_000 / clock.speed));
        expect([sink.attempts.length, waiting?.retry_count]).toEqual([6, 0]);
      });
    },
  );
});
