// Publishes what happened to each message into a Redis stream for each tenant, for consumers with XREAD or XREADGROUP.
//
//   GMP_REPORT_HANDLER=./examples/report-handlers/to-redis.mjs REPORT_REDIS_URL=redis://127.0.0.1:6379
import { Redis } from 'ioredis';

const redis = new Redis(process.env.REPORT_REDIS_URL ?? 'redis://127.0.0.1:6379', {
  // A report that Redis does not take within a moment is to fail: it comes again.
  maxRetriesPerRequest: 1,
});
redis.on('error', (error) => console.error(`reports to Redis: ${error.message}`));

/** About as many entries as a stream keeps. */
const kept = 100_000;

export default async function report({ tenant_id, entries }) {
  const stream = `mail-proxy:reports:${tenant_id}`;
  const commands = redis.multi();
  for (const entry of entries) {
    commands.xadd(
      stream,
      'MAXLEN',
      '~',
      kept,
      '*',
      'event_id',
      entry.event_id,
      'entry',
      JSON.stringify(entry),
    );
  }
  // Redis answers null when it did none of them, and a pair [error, answer] for each otherwise.
  for (const [error] of (await commands.exec()) ?? [[new Error('Redis did not take the report')]]) {
    if (error) throw error;
  }
}
