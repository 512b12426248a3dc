// Moves the overview without a reload, and draws its charts with uPlot over the pictures that the server drew.
const view = document.getElementById('live');
const state = document.getElementById('live-state');
const attention = document.getElementById('attention-list');
const colours = () => getComputedStyle(document.documentElement);
/** By the id of a chart. */
const drawn = new Map();
let latest;
let source;

/** @type {Promise<any>} */
const uPlot = import(view.dataset.uplot).then((loaded) => loaded.default);

/** Each series with all before it. */
function stacked(series) {
  const sums = [];
  for (const { values } of series) {
    const below = sums.at(-1);
    sums.push(values.map((value, n) => (value ?? 0) + (below?.[n] ?? 0)));
  }
  return sums;
}

/** The largest sums come first, so that each area covers the rest of those above it. */
function dataOf(at, { series, isStacked }) {
  const values = isStacked ? stacked(series) : series.map((one) => one.values);
  return [at, ...values.reverse()];
}

function axis(unit) {
  const style = colours();
  const stroke = style.getPropertyValue('--faint');
  const grid = { stroke: style.getPropertyValue('--line'), width: 1 };
  const values = (_plot, ticks) => ticks.map((tick) => (unit ? `${tick} ${unit}` : `${tick}`));
  return { stroke, grid, ticks: grid, ...(unit !== undefined && { values, size: 64 }) };
}

function optionsOf(chart, box) {
  const style = colours();
  const series = chart.series.map(({ name, colour }) => {
    const stroke = style.getPropertyValue(`--${colour}`);
    return chart.isStacked
      ? { label: name, stroke, fill: stroke, width: 0, points: { show: false } }
      : { label: name, stroke, width: 2, points: { size: 4 } };
  });
  return {
    width: box.clientWidth,
    height: 160,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.05 : 1] } },
    axes: [axis(), axis(chart.unit)],
    series: [{}, ...series.reverse()],
  };
}

async function draw() {
  const Plot = await uPlot;
  for (const chart of latest.charts.charts) {
    const box = view.querySelector(`[data-chart="${chart.id}"] .drawing`);
    const data = dataOf(latest.charts.at, chart);
    const known = drawn.get(chart.id);
    if (known) known.setData(data);
    else {
      // The picture stays for those who hear the page, and says what the chart shows.
      box.querySelector('svg').classList.add('heard');
      drawn.set(chart.id, new Plot(optionsOf(chart, box), data, box));
    }
  }
}

/** Anew, in other colours or another width. */
function redraw() {
  for (const plot of drawn.values()) plot.destroy();
  drawn.clear();
  if (latest) void draw();
}

function showTimes(part) {
  for (const element of part.querySelectorAll('time')) {
    element.title = element.textContent;
    element.textContent = new Date(element.dateTime).toLocaleString();
  }
}

function open() {
  source = new EventSource(`/dashboard/live?range=${view.dataset.range}`);
  source.addEventListener('figures', ({ data }) => {
    latest = JSON.parse(data);
    for (const { name, value } of latest.numbers)
      view.querySelector(`[data-number="${name}"]`).textContent = value;
    state.textContent = 'Live: this page moves by itself.';
    void draw();
  });
  source.addEventListener('attention', ({ data }) => {
    attention.innerHTML = JSON.parse(data).html;
    showTimes(attention);
  });
  source.addEventListener('trouble', ({ data }) => {
    state.textContent = `${data}. The figures stand still until it does.`;
  });
  source.addEventListener('ended', () => {
    source.close();
    state.textContent = 'The login has ended. ';
    const way = document.createElement('a');
    way.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    way.textContent = 'Log in again';
    state.append(way);
  });
  source.addEventListener('error', () => {
    const isOver = source.readyState === EventSource.CLOSED;
    state.textContent = isOver
      ? 'Not live: the page shows what there was. Load it again.'
      : 'The service does not answer. The page tries again.';
  });
}

// Browsers have six connections to a host, so pages that nobody sees give theirs back.
document.addEventListener('visibilitychange', () => {
  source?.close();
  if (document.visibilityState === 'visible') open();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
let width = view.clientWidth;
new ResizeObserver(() => {
  if (view.clientWidth === width) return;
  width = view.clientWidth;
  redraw();
}).observe(view);
open();
