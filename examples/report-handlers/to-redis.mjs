// Publishes every event into a Redis stream of its tenant, for consumers with XREAD or XREADGROUP.
//
//   GMP_REPORT_HANDLER=./examples/report-handlers/to-redis.mjs REPORT_REDIS_URL=redis://127.0.0.1:6379
import { Redis } from 'ioredis';

const redis = new Redis(process.env.REPORT_REDIS_URL ?? 'redis://127.0.0.1:6379', {
  // A report that Redis does not take at once should fail, because a failed report comes again.
  maxRetriesPerRequest: 1,
});
redis.on('error', (error) => console.error(`reports to Redis: ${error.message}`));

/** About how many entries a stream keeps. */
const longest = 100_000;

export default async function report({ tenant_id, entries }) {
  const stream = `mail-proxy:reports:${tenant_id}`;
  const commands = redis.multi();
  for (const entry of entries) {
    commands.xadd(
      stream,
      'MAXLEN',
      '~',
      longest,
      '*',
      'event_id',
      entry.event_id,
      'entry',
      JSON.stringify(entry),
    );
  }
  // The answer is null when Redis ran none of the commands, otherwise a pair [error, answer] for each command.
  for (const [error] of (await commands.exec()) ?? [[new Error('Redis did not take the report')]]) {
    if (error) throw error;
  }
}
