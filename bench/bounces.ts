// Measures how long it takes to read returned mail: real ones where a corpus is there, else those of the tests, and bombs.
// Options: --rounds N (20), --corpus FOLDER (a folder of mails)
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseBounce } from '../src/bounce/parse/parse-bounce.js';
import { bombs } from '../test/bounce/mails/bombs.js';
import { notices } from '../test/bounce/mails/notices.js';
import { userUnknown } from '../test/bounce/mails/reports.js';
import { corpusFolder } from '../test/support/bounces/score-corpus.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    corpus: { type: 'string', default: `${corpusFolder ?? '/nowhere/'}mails` },
  },
});

const mails = existsSync(options.corpus)
  ? readdirSync(options.corpus).map((file) => readFileSync(join(options.corpus, file)))
  : [userUnknown, ...notices.map(({ body }) => `From: MAILER-DAEMON@example.net\n\n${body}`)].map((mail) =>
      Buffer.from(mail),
    );

/** Milliseconds of processor time. */
function timeOf(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

// The first round compiles the code.
for (const mail of mails) parseBounce(mail);
const times: number[] = [];
for (let round = 0; round < Number(options.rounds); round++) {
  for (const mail of mails) times.push(timeOf(() => parseBounce(mail)));
}
times.sort((a, b) => a - b);
const at = (share: number) => `${(times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2)} ms`;
const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
const bytes = mails.reduce((sum, mail) => sum + mail.length, 0) / mails.length;
console.log(
  `${mails.length} mails of ${Math.round(bytes)} bytes at the mean, ${options.rounds} rounds, processor time:`,
);
console.log(
  `mean ${mean.toFixed(2)} ms (${Math.round(1000 / mean)} mails a second), median ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)}`,
);

for (const [name, make] of Object.entries(bombs)) {
  const bomb = Buffer.from(make(), 'latin1');
  console.log(
    `${name} (${(bomb.length / 1e6).toFixed(1)} MB): ${timeOf(() => parseBounce(bomb)).toFixed(0)} ms`,
  );
}
