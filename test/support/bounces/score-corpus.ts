// Compares the readings of a corpus of real bounces with what is expected of each, and counts by format and half.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseBounce } from '../../../src/bounce/parse/parse-bounce.js';
import type { Reading, RecipientReading } from '../../../src/bounce/parse/reading.js';

/** As the corpus has it. `status` may be one of the reference decoder's own, 4.0.9xx and 5.0.9xx. */
interface Expected {
  recipient: string;
  kind: 'bounce' | 'complaint' | 'delivered';
  bounce_type: 'hard' | 'soft' | null;
  status: string;
  reason_class: string;
  address_is_dead: boolean;
}

/**
 * Where the decoder and the mail disagree, the mail wins. `bounces`: reports with `Action: failed` and plain notices that
 * the decoder cannot read. `madeUp`: an address that stands in no mail, for reports that hide theirs. `cutOff`: an address
 * that the decoder cuts off.
 */
const faultsOfDecoder = {
  bounces: new Set(['lhost-mimecast-01.eml', 'lhost-mimecast-02.eml']),
  madeUp: /@libsisimai\.org\.invalid$/,
  cutOff: { 'kijitora@exampl': 'kijitora@example.com' } as Record<string, string>,
};

export interface Scored {
  file: string;
  format: string;
  /** The half that the rules were tuned on. */
  isTuned: boolean;
  reading: Reading;
  recipients: boolean;
  kind: boolean;
  status: boolean;
  dead: boolean;
  /** No bounce, and called one. */
  isFalseAlarm: boolean;
  /** The mail says that it is a delay, which RFC 3464 does not call a failure; the reference decoder does. */
  isDelay: boolean;
}

/** Beside the repository, where a machine has it. */
export const corpusFolder = ['../shared/bounces', '../../shared/bounces']
  .map((path) => fileURLToPath(new URL(`../../../${path}/`, import.meta.url)))
  .find((path) => existsSync(path));

/** Fixed by the name of the file, so that it never changes. */
export function isTuned(file: string): boolean {
  return (createHash('sha256').update(file).digest()[0] ?? 0) % 2 === 0;
}

export function scoreCorpus(folder: string): Scored[] {
  return readFileSync(`${folder}expected.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { file, expected } = JSON.parse(line) as { file: string; expected: Expected[] };
      return score(file, expected, parseBounce(readFileSync(`${folder}mails/${file}`)));
    });
}

function score(file: string, told: Expected[], reading: Reading): Scored {
  const expected = told
    .filter(({ recipient }) => !faultsOfDecoder.madeUp.test(recipient))
    .map((one) => ({ ...one, recipient: faultsOfDecoder.cutOff[one.recipient] ?? one.recipient }));
  const isUndecoded = faultsOfDecoder.bounces.has(file);
  const isDelay = reading.kind === 'delay';
  const find = ({ recipient }: Expected): RecipientReading | undefined =>
    reading.recipients.find(({ address }) => address.toLowerCase() === recipient.toLowerCase());
  const each = (test: (expected: Expected, found: RecipientReading) => boolean) =>
    expected.every((one) => {
      const found = find(one);
      return found !== undefined && test(one, found);
    });
  const kind = told[0]?.kind ?? (isUndecoded ? 'bounce' : 'none');
  const called = kind === 'none' ? !['bounce', 'complaint'].includes(reading.kind) : reading.kind === kind;
  return {
    file,
    format: file.replace(/-\d+\.eml$/, ''),
    isTuned: isTuned(file),
    reading,
    isDelay,
    isFalseAlarm: told.length === 0 && !isUndecoded && reading.kind === 'bounce',
    recipients:
      (expected.length === 0 && (isDelay || isUndecoded)) ||
      (expected.length === reading.recipients.length && each(() => true)),
    // A delay is soft whatever its status says, and is no bounce.
    kind:
      (called || (isDelay && kind === 'bounce')) &&
      each((one, { type }) => (isDelay ? 'soft' : (type ?? null)) === (isDelay ? 'soft' : one.bounce_type)),
    status: each((one, { status }) => isSameStatus(one.status, status)),
    dead: each((one, { addressIsDead }) => one.address_is_dead === addressIsDead),
  };
}

/** 5.0.911 and its like stand in no mail: the decoder makes them up where it finds no status. They say only the class. */
function isSameStatus(expected: string, found: string | undefined): boolean {
  if (expected === '') return true;
  if (/^[45]\.0\.9\d\d$/.test(expected)) return found !== undefined;
  return expected === found;
}

export function percent(scored: Scored[], what: 'recipients' | 'kind' | 'status' | 'dead'): number {
  return (100 * scored.filter((one) => one[what]).length) / Math.max(1, scored.length);
}
