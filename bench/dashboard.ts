// Measures what the history of sending and open pages cost.
// Options: --database sqlite|postgresql (sqlite), --events N (100000), --pages N (20), --seconds N (20)
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.js';
import { readConfig } from '../src/config.js';
import { writeHistory } from '../src/maintenance/history.js';
import { migrate } from '../src/store/db/migrate.js';
import { openDatabase } from '../src/store/db/open.js';
import { findProgress } from '../src/store/history/progress.js';
import { logIn, watchLive } from '../test/support/http/watch-live.js';
import type { Program } from '../test/support/programs/program.js';
import { ADMIN_TOKEN } from '../test/support/programs/service.js';
import { fillMessages } from '../test/support/stage/fill-messages.js';
import { query } from '../test/support/stage/tables.js';
import { type BenchStage, layStage, pause, processorMs } from './stage.js';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    events: { type: 'string', default: '100000' },
    pages: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
  },
});

const stage = await layStage(options.database);
try {
  await measureHistory(stage, Number(options.events));
  await measurePages(stage, Number(options.pages), Number(options.seconds) * 1000);
} finally {
  await stage.end();
}

/** How long counting takes for each event, of which half are `sent` and so have a latency. */
async function measureHistory({ database }: BenchStage, events: number): Promise<void> {
  await migrate(database.path);
  const db = await openDatabase(database.path, systemClock);
  const ctx = { db, clock: systemClock, config: readConfig({ GMP_DB_PATH: database.path }) };
  await query(database, `INSERT INTO tenants (id, created_at, updated_at) VALUES ('past', 1, 1)`);
  await fillMessages(database, { tenantId: 'past', count: events / 2 });
  await query(
    database,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at)
     SELECT tenant_id, message_pk, message_id, 'sent', at + 250 FROM events WHERE type = 'queued'`,
  );
  const before = process.cpuUsage();
  while ((await findProgress(ctx, 'events')) < events) await writeHistory(ctx, new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${db.kind} history: ${((user + system) / events).toFixed(1)} us of this process for each event`,
  );
  await db.close();
}

/** What the service uses while a message a second comes in, without pages and with as many as are asked for. */
async function measurePages(stage: BenchStage, pages: number, ms: number): Promise<void> {
  const program = await stage.program();
  await program.api('POST', '/tenant', { id: 'shop' });
  await program.api('POST', '/account', { id: 'main', tenant_id: 'shop', host: '127.0.0.1', port: 9 });
  // What a start still has to compile is no part of it.
  await share(program, ms);
  const without = await share(program, ms);
  const cookie = await logIn(program, ADMIN_TOKEN);
  const watched = await Promise.all(Array.from({ length: pages }, () => watchLive(program, cookie)));
  let figures = 0;
  const reading = watched.map(async (one) => {
    while ((await one.next('figures')) !== undefined) figures += 1;
  });
  const withPages = await share(program, ms);
  for (const one of watched) one.close();
  await Promise.allSettled(reading);
  console.log(
    `${options.database} pages: ${without} % of a core without, ${withPages} % with ${pages} open, which were shown ${figures} states`,
  );
}

async function share(program: Program, ms: number): Promise<number> {
  const before = processorMs(program.pid);
  for (let n = 0; n < ms / 1000; n++) {
    const id = `m${Date.now()}`;
    const mail = {
      id,
      tenant_id: 'shop',
      account_id: 'main',
      from: 'a@example.com',
      to: 'b@example.com',
      subject: 's',
      body: 'b',
    };
    await program.api('POST', '/commands/add-messages', {
      messages: [{ ...mail, deferred_ts: 4_000_000_000 }],
    });
    await pause(1000);
  }
  return Math.round(((processorMs(program.pid) - before) / ms) * 1000) / 10;
}
