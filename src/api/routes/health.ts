// Routes that tell whether the process lives, whether it is ready, and how much waits to be sent.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { reasonOf } from '../../errors.js';
import { countPending } from '../../store/listing/count-pending.js';
import { testModeHolds } from '../../store/schedule/test-mode.js';
import { isActive, schedulerStopped } from '../../store/tenants/suspend.js';
import { version } from '../../version.js';
import type { ApiContext, Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { answerWith } from '../openapi/other-answer.js';
import { route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';

/** How long a dependency may take to answer. Otherwise a database that hangs would make the readiness probe hang. */
const probeTimeoutMs = 3000;

const stateField = (of: string) => z.string().describe(`\`ok\`, or what is wrong with ${of}.`);
const readiness = z.object({
  ok: z.boolean().describe('Whether all of them are.'),
  database: stateField('the database'),
  redis: stateField('Redis'),
  schema: stateField('the tables in the database'),
  scheduler: z
    .string()
    .describe('`ok`, or that all sending is stopped or in test mode; the service is ready all the same.'),
});

/** Shared with the listener, which answers /health before the routes exist. */
export function healthAnswer(): { status: 'ok'; ok: true; version: string } {
  return { status: 'ok', ok: true, version };
}

type HealthNeeds = Needs<'config' | 'db' | 'redis' | 'redisWatch' | 'clock'>;

/**
 * Liveness and readiness for orchestrators, open to everyone and without any secret. `/health` asks nothing else, so that
 * an outage of the database does not restart every process. `/ready` asks the database and Redis.
 */
export function addHealthRoutes(app: OpenAPIHono<ApiEnv>, ctx: HealthNeeds): void {
  addLivenessRoute(app);
  addReadinessRoute(app, ctx);
}

function addLivenessRoute(app: OpenAPIHono<ApiEnv>): void {
  route(
    app,
    {
      method: 'get',
      path: '/health',
      operationId: 'health',
      summary: 'The process lives',
      description: 'Answered also while the service is starting, and while the database or Redis is away.',
      reach: 'everyone',
      answer: ok.extend({
        status: z.literal('ok').describe('Always `ok`.'),
        version: z.string().describe('Of mail-proxy.'),
      }),
      example: { answer: { ok: true, status: 'ok', version } },
    },
    () => healthAnswer(),
  );
}

function addReadinessRoute(app: OpenAPIHono<ApiEnv>, ctx: HealthNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/ready',
      operationId: 'ready',
      summary: 'The database is migrated and Redis answers; 503 while one of them does not',
      description:
        'Messages are accepted also while Redis is away; they leave when it is back. A Redis that may delete jobs ' +
        '(`maxmemory-policy` other than `noeviction`), or that serves another installation under the same prefix, is not ready.',
      reach: 'everyone',
      answer: readiness,
      example: { answer: { ok: true, database: 'ok', redis: 'ok', schema: 'ok', scheduler: 'ok' } },
      alsoAnswers: { 503: 'The database or Redis does not answer, or the service is starting.' },
    },
    async () => {
      const within = (probe: Promise<unknown>) => stateOf(probe, ctx.clock.sleep(probeTimeoutMs));
      let scheduler = ctx.config.testMode ? testModeHolds : 'ok';
      const readScheduler = async () => {
        if (!(await isActive(ctx))) scheduler = schedulerStopped;
      };
      const [database, redis] = await Promise.all([
        within(readScheduler()),
        ctx.redis.status === 'ready' ? within(ctx.redisWatch.check()) : 'does not answer',
      ]);
      const isReady = database === 'ok' && redis === 'ok';
      // Only a migrated database has the table that was just read, so its state is that of the schema too.
      const state = { ok: isReady, database, redis, schema: database, scheduler };
      return isReady ? state : answerWith(503, state);
    },
  );
}

/**
 * The state of sending in a few numbers, for any caller with a token.
 * @param startedAt when this process started, milliseconds since the epoch
 */
export function addStatusRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext, startedAt: number): void {
  route(
    app,
    {
      method: 'get',
      path: '/status',
      operationId: 'status',
      summary: 'How much waits to be sent, and whether sending is on',
      description: "With a tenant's token only its own messages are counted.",
      answer: ok.extend({
        active: z.boolean().describe('Whether anything is sent at all: see `/commands/suspend`.'),
        scheduler_active: z.boolean().describe('The same.'),
        redis: z.string().describe('`ok`, or what was wrong with Redis at the last check.'),
        pending_messages: z.int().describe('Messages that are neither sent nor given up.'),
        uptime_seconds: z.int().describe('Seconds since this process started.'),
      }),
      example: {
        answer: {
          ok: true,
          active: true,
          scheduler_active: true,
          redis: 'ok',
          pending_messages: 17,
          uptime_seconds: 86_400,
        },
      },
    },
    async ({ caller }) => {
      const active = await isActive(ctx);
      const pending = await countPending(ctx, caller.kind === 'tenant' ? caller.tenantId : undefined);
      return {
        ok: true,
        active,
        scheduler_active: active,
        redis: ctx.redisWatch.fault() ?? 'ok',
        pending_messages: pending,
        uptime_seconds: Math.floor((ctx.clock.now() - startedAt) / 1000),
      };
    },
  );
}

/**
 * What a probe answers as a text is a fault that it found. Texts of Prisma name files of this program, so they are
 * not shown.
 */
async function stateOf(probe: Promise<unknown>, timeout: Promise<void>): Promise<string> {
  try {
    const told = probe.then((fault) => (typeof fault === 'string' ? fault : 'ok'));
    const first = await Promise.race([told, timeout.then(() => 'does not answer')]);
    return first;
  } catch (error) {
    return error instanceof Error && error.name.startsWith('Prisma') ? 'does not answer' : reasonOf(error);
  }
}
