// Attacks the built program from outside with a tenant's token, and measures what that costs the process and the others.
// Options: --attack NAME (all; part of a file's name in bench/hostile), --heap MB (512), --database sqlite|postgresql (sqlite)
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Program } from '../test/support/programs/program.js';
import type { Attack } from './hostile/attack.js';
import { busyAccounts } from './hostile/busy-accounts.js';
import { largeMails } from './hostile/large-mails.js';
import { longRefusals } from './hostile/long-refusals.js';
import { slowBodies } from './hostile/slow-bodies.js';
import { unreadAnswers } from './hostile/unread-answers.js';
import { layStage, memory } from './stage.js';

const attacks: Record<string, Attack> = {
  'busy-accounts': busyAccounts,
  'large-mails': largeMails,
  'long-refusals': longRefusals,
  'slow-bodies': slowBodies,
  'unread-answers': unreadAnswers,
};

const { values: options } = parseArgs({
  options: {
    attack: { type: 'string', default: '' },
    heap: { type: 'string', default: '512' },
    database: { type: 'string', default: 'sqlite' },
  },
});

let failed = 0;
console.log('| attack | resident memory at most | /health p99, longest | lives, starts again | |');
console.log('| --- | --- | --- | --- | --- |');
for (const [name, attack] of Object.entries(attacks)) {
  if (!name.includes(options.attack)) continue;
  const row = await run(attack);
  console.log(`| ${attack.name} | ${row.join(' | ')} |`);
}
process.exit(failed > 0 ? 1 : 0);

async function run(attack: Attack): Promise<string[]> {
  const stage = await layStage(options.database);
  const port = String(20_000 + Math.floor(Math.random() * 20_000));
  let service: Program;
  let deaths = 0;
  let most = 0;
  let isRestarting = false;
  const start = async () => {
    service = await stage.program({
      NODE_OPTIONS: `--max-old-space-size=${options.heap} ${process.env.HOSTILE_OPTIONS ?? ''}`,
      GMP_PORT: port,
      ...attack.settings,
    });
    void service.exited.then(() => {
      if (!isRestarting) deaths += 1;
    });
  };
  await start();
  const probe = await startProbe(`http://127.0.0.1:${port}/health`);
  const restart = async () => {
    isRestarting = true;
    probe.send('pause');
    most = Math.max(most, memory(service.pid).most);
    await service.kill();
    await start();
    isRestarting = false;
    probe.send('resume');
  };
  let outcome: string;
  try {
    outcome = await attack.run({
      stage,
      url: `http://127.0.0.1:${port}`,
      port: Number(port),
      api: (...call) => service.api(...call),
      async tenant(id, settings = {}) {
        const { body } = await service.api<{ api_key: string }>('POST', '/tenant', { id, ...settings });
        return body.api_key;
      },
      restart,
    });
  } catch (error) {
    failed += 1;
    outcome = `FAILED: ${error instanceof Error ? error.message : String(error)}`;
  }
  const took = await timesOf(probe);
  const lives = deaths === 0;
  let startsAgain = false;
  if (lives) {
    await restart();
    startsAgain = true;
  } else failed += 1;
  probe.disconnect();
  isRestarting = true;
  await stage.end();
  const at = (part: number) => Math.round(took[Math.ceil(took.length * part) - 1] ?? 0);
  return [
    `${most} MB`,
    `${at(0.99)}, ${at(1)} ms`,
    `${lives ? 'yes' : 'NO'}, ${startsAgain ? 'yes' : 'NO'}`,
    outcome,
  ];
}

async function startProbe(url: string): Promise<ChildProcess> {
  const probe = fork(fileURLToPath(new URL('hostile/probe.ts', import.meta.url)), [url], {
    execArgv: ['--import', 'tsx'],
  });
  await once(probe, 'spawn');
  return probe;
}

async function timesOf(probe: ChildProcess): Promise<number[]> {
  const answer = once(probe, 'message') as Promise<[number[]]>;
  probe.send('times');
  const [took] = await answer;
  return took.sort((a, b) => a - b);
}
