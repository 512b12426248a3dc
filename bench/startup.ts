// Measures what the command line adds to a start of Node: `mail-proxy --help` and `mail-proxy list` beside `node -e 0`.
// Options: --rounds N (15)
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.js';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const commands = { 'node -e 0': ['-e', '0'], '--help': [program, '--help'], list: [program, 'list'] };

const times = Object.fromEntries(Object.keys(commands).map((name): [string, number[]] => [name, []]));
// In turn, so that a busy moment of the machine slows down all of them.
for (let n = 0; n < Number(options.rounds); n++) {
  for (const [name, args] of Object.entries(commands)) {
    const begin = systemClock.monotonic();
    execFileSync(process.execPath, args, { env: { ...process.env, MAIL_PROXY_HOME: '/nonexistent' } });
    times[name]?.push(systemClock.monotonic() - begin);
  }
}
const median = (name: string) =>
  times[name]?.sort((a, b) => a - b)[Math.floor(Number(options.rounds) / 2)] ?? 0;
const bare = median('node -e 0');
for (const name of Object.keys(commands)) {
  const more = name === 'node -e 0' ? '' : `, ${Math.round(median(name) - bare)} ms more than node -e 0`;
  console.log(`${name}: p50 ${Math.round(median(name))} ms${more}`);
}
