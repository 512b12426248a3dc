// Reports in flight are counted, and end early only when the process stops.
import { expect, test } from 'vitest';
import type { Signals } from '../../../src/report/report-tenant.js';
import { openRunningReports } from '../../../src/workers/reports/running-reports.js';

function open() {
  const counts: number[] = [];
  const running = openRunningReports((count) => counts.push(count));
  const given: Signals[] = [];
  const begin = () => {
    let end = () => {};
    const report = running.run((signals) => {
      given.push(signals);
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    return {
      report,
      end: () => {
        end();
        return report;
      },
    };
  };
  return { running, counts, given, begin };
}

test('every begin and end is told with the number of reports in flight, also when one fails', async () => {
  const { running, counts, begin } = open();
  const [first, second] = [begin(), begin()];
  await first.end();
  await second.end();
  await expect(running.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(counts).toEqual([1, 2, 1, 0, 1, 0]);
});

test('stop asks reports to end after their page, and leaves the post in flight alone', async () => {
  const { running, given, begin } = open();
  const before = begin();
  running.stop();
  const after = begin();
  expect(given.map(({ stop, cut }) => [stop.aborted, cut.aborted])).toEqual([
    [true, false],
    [true, false],
  ]);
  await Promise.all([before.end(), after.end()]);
});

test('cut ends the posts in flight with its reason, and none that begins later', async () => {
  const { running, given, begin } = open();
  const [ended, before] = [begin(), begin()];
  await ended.end();
  running.cut(new Error('the service is stopping'));
  const after = begin();
  expect(given.map(({ cut }) => cut.aborted)).toEqual([false, true, false]);
  expect(given[1]?.cut.reason).toEqual(new Error('the service is stopping'));
  await Promise.all([before.end(), after.end()]);
});
