// Measures changes of many messages, and Bull Board over many queues.
// Options: --database sqlite|postgresql (sqlite), --messages N (10000), --accounts N (1000)
import { parseArgs } from 'node:util';
import { logIn } from '../test/support/http/watch-live.js';
import type { Program } from '../test/support/programs/program.js';
import { ADMIN_TOKEN } from '../test/support/programs/service.js';
import { layStage, pause, processorMs } from './stage.js';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    messages: { type: 'string', default: '10000' },
    accounts: { type: 'string', default: '1000' },
  },
});

const stage = await layStage(options.database);
try {
  // Nothing is sent, so that what is measured is the change alone.
  const program = await stage.program({ GMP_TENANT_MAX_ACCOUNTS: '100000', GMP_START_ACTIVE: '0' });
  await program.api('POST', '/tenant', { id: 'shop' });
  await program.api('POST', '/account', { id: 'main', tenant_id: 'shop', host: '127.0.0.1', port: 9 });
  await addMessages(program, Number(options.messages), () => 'main');
  for (const [action, body] of [
    ['prioritize', { filter: {}, priority: 3 }],
    ['cancel', { filter: {} }],
    ['retry', { filter: {} }],
  ] as const)
    await measureChange(program, action, body);
  await measureBoard(program, Number(options.accounts));
} finally {
  await stage.end();
}

async function addMessages(program: Program, count: number, accountOf: (n: number) => string): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const messages = Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({
      id: `${accountOf(from + i)}-${from + i}`,
      tenant_id: 'shop',
      account_id: accountOf(from + i),
      from: 'a@example.com',
      to: 'b@example.com',
      subject: 'Spring sale',
      body: 'b',
      deferred_ts: 4_000_000_000,
    }));
    await program.api('POST', '/commands/add-messages', { messages });
  }
}

interface Shown {
  change: { id: string; state: string; changed: number };
}

async function measureChange(program: Program, action: string, body: object): Promise<void> {
  const [beganAt, cpu] = [performance.now(), processorMs(program.pid)];
  const begun = await program.api<Shown>('POST', `/commands/${action}-messages?tenant_id=shop`, body);
  let { change } = begun.body;
  let longest = 0;
  while (change.state === 'running') {
    const askedAt = performance.now();
    ({ change } = (await program.api<Shown>('GET', `/bulk-changes/${change.id}?tenant_id=shop`)).body);
    longest = Math.max(longest, performance.now() - askedAt);
    await pause(20);
  }
  const seconds = ((performance.now() - beganAt) / 1000).toFixed(1);
  const spent = ((processorMs(program.pid) - cpu) / 1000).toFixed(1);
  console.log(
    `${options.database} ${action}: ${change.changed} messages in ${seconds} s, CPU ${spent} s; ` +
      `another call meanwhile at most ${Math.round(longest)} ms`,
  );
}

async function measureBoard(program: Program, accounts: number): Promise<void> {
  for (let n = 0; n < accounts; n++)
    await program.api('POST', '/account', { id: `a${n}`, tenant_id: 'shop', host: '127.0.0.1', port: 9 });
  await addMessages(program, accounts, (n) => `a${n % accounts}`);
  const headers = { cookie: await logIn(program, ADMIN_TOKEN) };
  const url = `${program.url}/dashboard/queues/api/queues?page=1&jobsPerPage=10`;
  const took: number[] = [];
  let queues = 0;
  for (let n = 0; n < 10; n++) {
    const askedAt = performance.now();
    const answer = (await (await fetch(url, { headers })).json()) as { queues: unknown[] };
    took.push(performance.now() - askedAt);
    queues = answer.queues.length;
  }
  const first = Math.round(took[0] ?? 0);
  took.sort((a, b) => a - b);
  console.log(
    `${options.database} Bull Board: ${queues} queues, first ${first} ms, middle ${Math.round(took[5] ?? 0)} ms`,
  );
}
