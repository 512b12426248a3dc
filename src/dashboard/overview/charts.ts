// What the charts of the overview show: the same data for the picture that the server draws and for the one that scripts draw.
import { priorities } from '../../domain/priority.js';
import type { History, Point, Range } from '../../store/history/read-history.js';

export interface Series {
  name: string;
  /** The name of a colour in overview.css, without its dashes. */
  colour: string;
  /** Null where there was nothing to measure. */
  values: (number | null)[];
}

export interface Chart {
  id: string;
  title: string;
  /** Whether the series are parts of a whole, which stand on one another. */
  isStacked: boolean;
  unit: '' | 's';
  series: Series[];
}

export interface Charts {
  range: Range;
  /** When each step began, in Unix seconds. */
  at: number[];
  charts: Chart[];
}

export function chartsOf(range: Range, { points }: History): Charts {
  const column = (read: (point: Point) => number | undefined) =>
    points.map((point) => {
      const value = read(point);
      return value === undefined ? null : value;
    });
  const seconds = (read: (point: Point) => number | undefined) =>
    column(read).map((ms) => (ms === null ? null : ms / 1000));
  const names = Object.keys(priorities);
  return {
    range,
    at: points.map(({ at }) => at / 1000),
    charts: [
      {
        id: 'throughput',
        title: 'Messages',
        isStacked: true,
        unit: '',
        series: [
          { name: 'sent', colour: 'good', values: column(({ sent }) => sent) },
          { name: 'deferred', colour: 'warm', values: column(({ deferred }) => deferred) },
          { name: 'failed', colour: 'bad', values: column(({ failed }) => failed) },
          { name: 'bounced', colour: 'other', values: column(({ bounced }) => bounced) },
        ],
      },
      {
        id: 'latency',
        title: 'From acceptance to sent',
        isStacked: false,
        unit: 's',
        series: [
          { name: 'half of them within', colour: 'good', values: seconds(({ p50 }) => p50) },
          { name: '95 % within', colour: 'warm', values: seconds(({ p95 }) => p95) },
        ],
      },
      {
        id: 'queued',
        title: 'Messages waiting, by priority',
        isStacked: true,
        unit: '',
        series: ['bad', 'warm', 'good', 'other'].map((colour, priority) => ({
          name: names[priority] ?? '',
          colour,
          values: column(({ depths }) => depths[priority]),
        })),
      },
      {
        id: 'lag',
        title: 'Oldest unreported event',
        isStacked: false,
        unit: 's',
        series: [{ name: 'age', colour: 'good', values: seconds(({ reportLagMs }) => reportLagMs) }],
      },
    ],
  };
}
