// Real bounces are read as a reference decoder reads them, also the half of them that the rules were not tuned on.
// The corpus stands beside the repository where there is one. Elsewhere the other tests of this folder stand alone.
import { expect, test } from 'vitest';
import { corpusFolder, percent, type Scored, scoreCorpus } from '../support/bounces/score-corpus.js';

const scored = corpusFolder === undefined ? [] : scoreCorpus(corpusFolder);
const halves = { tuned: scored.filter((one) => one.isTuned), other: scored.filter((one) => !one.isTuned) };
const measures = ['recipients', 'kind', 'status', 'dead'] as const;

test.skipIf(corpusFolder === undefined)('real bounces are read as their decoder reads them', () => {
  console.log(table());
  expect(percent(scored, 'recipients')).toBeGreaterThanOrEqual(97);
  expect(percent(scored, 'kind')).toBeGreaterThanOrEqual(97);
  expect(percent(scored, 'status')).toBeGreaterThanOrEqual(95);
  expect(scored.filter((one) => one.isFalseAlarm).map(({ file }) => file)).toEqual([]);
});

/** A line for each format: how many mails of each half, and how many of them were read rightly. */
function table(): string {
  const line = (name: string, of: Scored[]) =>
    `${name.padEnd(24)}${String(of.length).padStart(4)}  ${measures.map((what) => (of.length === 0 ? '-' : `${percent(of, what).toFixed(1)} %`).padStart(9)).join('')}`;
  const formats = [...new Set(scored.map(({ format }) => format))].sort();
  return [
    `${'format'.padEnd(24)}   n  ${measures.map((what) => what.padStart(9)).join('')}`,
    ...formats.flatMap((format) =>
      Object.entries(halves).flatMap(([half, of]) => {
        const those = of.filter((one) => one.format === format);
        return those.length > 0 ? [line(`${format} (${half})`, those)] : [];
      }),
    ),
    ...Object.entries(halves).map(([half, of]) => line(`all (${half})`, of)),
    line('all', scored),
    `delays, which the decoder calls bounces: ${scored.filter((one) => one.isDelay).length}`,
  ].join('\n');
}
