// Measures the time from delivery to report for 150 tenants, while the endpoints of 50 others hang.
// Run: npx tsx bench/hanging-endpoints.ts [--database sqlite|postgresql] [--rounds N]
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgram } from '../test/support/programs/program.js';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { startPostgres } from '../test/support/servers/postgres.js';
import { startRedis } from '../test/support/servers/redis.js';
import { type AppCall, startReportApp } from '../test/support/servers/report-app.js';
import { startSmtpSink } from '../test/support/servers/smtp-sink.js';
import { mail } from '../test/support/stage/mail.js';
import { addTenant } from '../test/support/stage/tenant.js';

const { values: options } = parseArgs({
  options: { database: { type: 'string', default: 'sqlite' }, rounds: { type: 'string', default: '5' } },
});
const tenants = 200;
const hanging = 50;

const folder = await tempFolder('mail-proxy-hanging-');
const redis = await startRedis();
const postgres = options.database === 'postgresql' ? await startPostgres({ durable: true }) : undefined;
const sink = await startSmtpSink();
const hang = ({ path }: AppCall) => (path.startsWith('/hang-') ? { hang: true } : undefined);
const app = await startReportApp({ answer: hang, idle: hang });
const service = await startProgram({
  GMP_DB_PATH: postgres ? await postgres.createDatabase('bench') : join(folder.path, 'mail_service.db'),
  GMP_REDIS_URL: redis.url,
  GMP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  GMP_LOG_LEVEL: 'error',
  GMP_SMTP_HOST: sink.host,
  GMP_SMTP_PORT: String(sink.port),
  GMP_SMTP_USE_TLS: '0',
});
try {
  const ids = Array.from({ length: tenants }, (_, n) => (n < hanging ? `hang-${n}` : `fine-${n}`));
  for (const id of ids) await addTenant(service, id, { tenant: { client_base_url: `${app.url}/${id}` } });
  for (let round = 1; round <= Number(options.rounds); round++) {
    const messages = ids.map((id) => mail(`${id}-${round}`, { tenant_id: id }));
    await service.api('POST', '/commands/add-messages', { messages });
    const all = tenants * round;
    await sink.waitFor(all);
    await app.waitFor(
      ({ entries }) => entries.filter(({ id }) => isFine(id)).length >= (tenants - hanging) * round,
    );
    const sentAt = new Map(sink.messages.map(({ id, receivedAt }) => [id, receivedAt]));
    const took = app.calls
      .flatMap(({ body, receivedAt }) =>
        (body as { delivery_report: { id: string }[] }).delivery_report.map(({ id }) => ({ id, receivedAt })),
      )
      .filter(({ id }) => isFine(id) && id.endsWith(`-${round}`))
      .map(({ id, receivedAt }) => receivedAt - (sentAt.get(id) ?? Number.NaN))
      .sort((a, b) => a - b);
    const at = (part: number) => took[Math.ceil(took.length * part) - 1];
    console.log(
      `${options.database} from delivery to report: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`,
    );
  }
} finally {
  await service.kill();
  await Promise.all([sink.stop(), app.stop(), redis.stop(), postgres?.stop()]);
  await folder.remove();
}

function isFine(id: string): boolean {
  return id.startsWith('fine-');
}
