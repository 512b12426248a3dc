// The numbers and charts of the overview, and the choice of the time they are about. Scripts draw over the charts.
import { type Range, ranges } from '../../store/history/read-history.js';
import type { Assets } from '../serve-assets.js';
import type { Figures } from './read-overview.js';
import { SvgChart } from './svg-chart.js';

const rangeNames: Record<Range, string> = {
  hour: 'Last hour',
  day: 'Last day',
  week: 'Last week',
  quarter: 'Last 90 days',
};

export function FiguresView({ numbers, charts, assets }: Figures & { assets: Assets }) {
  return (
    <section
      aria-labelledby="figures"
      id="live"
      data-range={charts.range}
      data-uplot={assets.address('uplot.js')}
    >
      <h2 id="figures">{rangeNames[charts.range]}</h2>
      <nav class="ranges" aria-label="Time">
        {ranges.map((range) => (
          <a
            href={range === 'hour' ? '/' : `/?range=${range}`}
            aria-current={range === charts.range ? 'page' : undefined}
          >
            {rangeNames[range]}
          </a>
        ))}
      </nav>
      <dl class="numbers">
        {numbers.map(({ name, value }) => (
          <div>
            <dt>{name}</dt>
            <dd data-number={name}>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="charts">
        {charts.charts.map((chart) => (
          <figure data-chart={chart.id}>
            <figcaption>
              {chart.title}
              <ul class="legend">
                {chart.series.map(({ name, colour }) => (
                  <li class={colour}>{name}</li>
                ))}
              </ul>
            </figcaption>
            <div class="drawing">
              <SvgChart chart={chart} at={charts.at} />
            </div>
          </figure>
        ))}
      </div>
      <p class="hint" id="live-state">
        As of the time at which the page was loaded.
      </p>
      <link rel="stylesheet" href={assets.address('overview.css')} />
      <link rel="stylesheet" href={assets.address('uplot.css')} />
      <script type="module" src={assets.address('overview.js')} />
    </section>
  );
}
