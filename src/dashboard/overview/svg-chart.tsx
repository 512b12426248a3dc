// Draws a chart as SVG, for browsers without script: areas that stand on one another, or lines.
import type { Chart, Series } from './charts.js';

const width = 640;
const height = 160;
/** For the numbers of the axes. */
const left = 56;
const bottom = 20;

interface SvgChartProps {
  chart: Chart;
  /** Unix seconds of the steps. */
  at: number[];
}

export function SvgChart({ chart, at }: SvgChartProps) {
  const { series, isStacked } = chart;
  const lines = isStacked ? stack(series) : series.map(({ values }) => values);
  const most = roundUp(Math.max(0, ...lines.flat().map((value) => value ?? 0)));
  const last = at.length - 1;
  const x = (n: number) => left + (n / Math.max(1, last)) * (width - left - 4);
  const y = (value: number) => 6 + (1 - value / most) * (height - bottom - 6);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(chart)}>
      {[0, most / 2, most].map((value) => (
        <>
          <line class="grid" x1={left} x2={width} y1={y(value)} y2={y(value)} />
          <text class="axis" x={left - 6} y={y(value) + 4} text-anchor="end">
            {`${Number(value.toPrecision(3))}${chart.unit && ` ${chart.unit}`}`}
          </text>
        </>
      ))}
      {/* From the top of the stack down, so that each area covers the rest of those above it. */}
      {[...series.entries()].reverse().map(([n, { colour }]) => (
        <path
          class={`${isStacked ? 'area' : 'line'} ${colour}`}
          d={pathOf(lines[n] ?? [], { x, y, isStacked })}
        />
      ))}
      <text class="axis" x={left} y={height - 4}>
        {clockTime(at[0] ?? 0)}
      </text>
      <text class="axis" x={width} y={height - 4} text-anchor="end">
        {clockTime(at[last] ?? 0)} UTC
      </text>
    </svg>
  );
}

/** Each series with all before it. */
function stack(series: Series[]): number[][] {
  const sums: number[][] = [];
  for (const { values } of series) {
    const below = sums.at(-1) ?? [];
    sums.push(values.map((value, n) => (value ?? 0) + (below[n] ?? 0)));
  }
  return sums;
}

interface Shape {
  x(n: number): number;
  y(value: number): number;
  isStacked: boolean;
}

function pathOf(values: (number | null)[], { x, y, isStacked }: Shape): string {
  const one = (value: number) => Math.round(value * 10) / 10;
  const points = values.flatMap((value, n) =>
    value === null ? [] : [{ n, at: `${one(x(n))} ${one(y(value))}` }],
  );
  if (isStacked)
    return `M${one(x(0))} ${y(0)}L${points.map(({ at }) => at).join('L')}L${one(x(values.length - 1))} ${y(0)}Z`;
  // A line goes over neighbours only. A step alone is a dot, as a line of no length with round ends.
  return points.map(({ n, at }, k) => (points[k - 1]?.n === n - 1 ? `L${at}` : `M${at}l0 0`)).join('');
}

/** To a number with one digit that is not zero. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / unit) * unit;
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(5, 16).replace('T', ' ');
}

/** What there is to see, for those who do not see it. */
function describe({ title, series, isStacked, unit }: Chart): string {
  const words = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name}: nothing`;
    if (isStacked && unit === '') return `${name}: at most ${Math.max(...known)}, now ${known.at(-1)}`;
    return `${name}: at most ${Math.max(...known)} ${unit}, now ${known.at(-1)} ${unit}`;
  });
  return `${title}. ${words.join('; ')}`;
}
