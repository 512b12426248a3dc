// The end of the demo: one mail as it was received, a table of all mails, and a sentence.

import { priorityNames } from './mails.js';
import { type Arrival, isFinal, type Timeline, type Track } from './timeline.js';
import type { Witnesses } from './watch.js';

/** The envelope and the bytes as the SMTP server got them. */
export function receivedMail({ id, sender, recipients, raw }: Arrival): string {
  const text = raw.toString('utf8').replaceAll('\r\n', '\n').trimEnd();
  return [
    `${id} as the SMTP server received it:`,
    '',
    `  MAIL FROM:<${sender}>`,
    ...recipients.map((address) => `  RCPT TO:<${address}>`),
    '',
    ...text.split('\n').map((line) => `  | ${line}`),
  ].join('\n');
}

export function closingTable({ postedAt, tracks }: Timeline, witnesses: Witnesses): string {
  const head = ['mail', 'priority', 'special', 'state', 'attempts', 'retries', 'to SMTP', 'to report'];
  const rows = [...tracks.values()].map((track) => tableRow(track, postedAt, witnesses));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  // The first four columns are words, the others numbers.
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column < 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function tableRow(track: Track, postedAt: number, witnesses: Witnesses): string[] {
  const { mail, listed, arrivals, entries } = track;
  const seconds = (at?: number) => (at === undefined ? '-' : `${((at - postedAt) / 1000).toFixed(2)} s`);
  const code = listed?.smtp_code === undefined || arrivals.length > 0 ? '' : ` ${listed.smtp_code}`;
  return [
    mail.id,
    priorityNames[mail.priority] ?? String(mail.priority),
    mail.special,
    `${listed?.status ?? track.state}${code}`,
    String(witnesses.rcptAttempts(mail.address)),
    String(listed?.retry_count ?? 0),
    seconds(arrivals[0]?.at),
    seconds(entries.find(isFinal)?.at),
  ];
}

export function closingSentence({ postedAt, tracks }: Timeline): string {
  const all = [...tracks.values()];
  const delivered = all.filter(({ arrivals }) => arrivals.length > 0);
  const refused = all.filter(({ listed }) => listed?.status === 'error');
  const reported = all.flatMap(({ entries }) => entries.filter(isFinal));
  const times = [...delivered.flatMap(({ arrivals }) => arrivals), ...reported].map(({ at }) => at);
  const seconds = ((Math.max(postedAt, ...times) - postedAt) / 1000).toFixed(1);
  const codes = [...new Set(refused.map(({ listed }) => listed?.smtp_code ?? 'no code'))].join(', ');
  return (
    `${delivered.length} delivered, ${refused.length} refused${codes ? ` with ${codes}` : ''}, ` +
    `${reported.length} reported, in ${seconds} s.`
  );
}

export const whatNext = [
  'What to do next: README.md shows how to start a service that stays, and the curl',
  'commands for a tenant, an account at your own mail server, and a first message.',
].join('\n');
