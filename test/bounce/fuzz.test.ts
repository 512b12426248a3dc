// No mail, however broken or hostile, makes the parser fail, take long or need much memory.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseBounce } from '../../src/bounce/parse/parse-bounce.js';
import { randomFrom } from '../support/bounces/random.js';
import { corpusFolder } from '../support/bounces/score-corpus.js';
import { bombs } from './mails/bombs.js';
import { notices } from './mails/notices.js';
import { feedbackMail, userUnknown } from './mails/reports.js';

const kinds = [
  'bounce',
  'delay',
  'delivered',
  'complaint',
  'auto-reply',
  'challenge',
  'read-receipt',
  'list-post',
  'other',
];
const mutations = 2000;

const ours = [
  userUnknown,
  feedbackMail('Feedback-Type: abuse\nOriginal-Rcpt-To: ann@example.org'),
  ...notices.map(({ subject, body }) => `From: MAILER-DAEMON@example.net\nSubject: ${subject}\n\n${body}`),
].map((mail) => Buffer.from(mail));
const real =
  corpusFolder === undefined
    ? []
    : readdirSync(`${corpusFolder}mails`)
        .sort()
        .map((file) => readFileSync(`${corpusFolder}mails/${file}`));

/** Milliseconds of processor time, which other work on the machine does not stretch. */
function processorTimeOf(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** One change at a time, several in a row: cut, doubled, swapped, filled, joined with another mail. */
function mutate(mails: Buffer[], random: (below: number) => number): Buffer {
  const pick = () => mails[random(mails.length)] ?? Buffer.alloc(0);
  let mail = Buffer.from(pick());
  for (let change = random(6) + 1; change > 0; change--) {
    const at = random(mail.length + 1);
    const end = Math.min(mail.length, at + random(400));
    const before = mail.subarray(0, at);
    const between = mail.subarray(at, end);
    const after = mail.subarray(end);
    const next = [
      () => [before, after],
      () => [before, between, between, between, after],
      () => [before, Buffer.from(Array.from({ length: random(40) }, () => random(256))), after],
      () => [before],
      () => [before, pick().subarray(at)],
      () => [after, before],
      () => [
        before,
        Buffer.from(['\r', '\n\n', '--b\n', '<', '@', '=?', ';', ': ', '\0'][random(9)] ?? ''),
        between,
        after,
      ],
      () => [
        Buffer.from(
          mail.toString('latin1').replaceAll('\n', ['\r', '\r\n', '\n '][random(3)] ?? ''),
          'latin1',
        ),
      ],
    ][random(8)];
    mail = Buffer.concat(next?.() ?? []);
  }
  return mail;
}

test('mutated mails are read without a fault, each in less than a second', () => {
  const random = randomFrom(20261127);
  const mails = [...ours, ...real];
  let slowest = 0;
  for (let n = 0; n < mutations; n++) {
    const mail = mutate(mails, random);
    slowest = Math.max(
      slowest,
      processorTimeOf(() => expect(kinds).toContain(parseBounce(mail).kind)),
    );
  }
  expect(slowest).toBeLessThan(1000);
});

test.each(Object.keys(bombs))('%s: read in less than a second and within 256 MB', (name) => {
  const mail = Buffer.from(bombs[name]?.() ?? '', 'latin1');
  const before = process.memoryUsage().rss;
  let kind = '';
  const took = processorTimeOf(() => {
    kind = parseBounce(mail).kind;
  });
  expect(kinds).toContain(kind);
  expect(took).toBeLessThan(1000);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
});
