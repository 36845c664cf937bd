// The picture: requests per second and memory at rest, as an SVG that is readable on
// light and dark pages and uses no external font.
import { memoryOf, names, row } from './figures.mjs';

const WIDTH = 800;
const BAR = 18;
const STEP = 28;
const LABEL = 290;
const VALUE = 90;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-weight: 600; }
    .value { font-variant-numeric: tabular-nums; }
    .floor { fill: #afb8c1; }
    .ours { fill: #1f7a4d; }
    .peer { fill: #6f8fb3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .floor { fill: #57606a; }
      .ours { fill: #3fb979; }
      .peer { fill: #54749a; }
    }`;

function kind(name) {
  if (name.startsWith('null-') || name === 'pgbench') return 'floor';
  return names[name].startsWith('**') ? 'ours' : 'peer';
}

function panel(title, top, bars, write) {
  const most = Math.max(...bars.map(({ value }) => value));
  const scale = (WIDTH - LABEL - VALUE) / most;
  const lines = bars.map(({ name, value }, i) => {
    const y = top + 14 + i * STEP;
    const length = Math.max(1, value * scale);
    return `  <text x="${LABEL - 10}" y="${y + 13}" text-anchor="end">${
      names[name].replaceAll('**', '')}</text>
  <rect class="${kind(name)}" x="${LABEL}" y="${y}" width="${
  length.toFixed(1)}" height="${BAR}" rx="2"/>
  <text class="value" x="${(LABEL + length + 8).toFixed(1)}" y="${y + 13}">${
  write(value)}</text>`;
  });
  return {
    height: 14 + bars.length * STEP + 30,
    text: `  <text class="title" x="10" y="${top}">${title}</text>\n${lines.join('\n')}\n`,
  };
}

export function chart(figures) {
  const all = Object.keys(names);
  const rates = all
    .map((name) => ({ name, value: row(figures, name, 'list', 16)?.rate }))
    .filter(({ value }) => value);
  const sizes = all
    .filter((name) => kind(name) !== 'floor')
    .map((name) => ({ name, value: memoryOf(figures, name)?.idle }))
    .filter(({ value }) => value);
  let top = 24;
  let body = '';
  for (const [title, bars, write] of [
    ['Requests per second: a list of 20 tasks, 16 connections', rates,
      (value) => Math.round(value).toLocaleString('en')],
    ['Memory at rest', sizes, (value) => `${value.toFixed(0)} MB`],
  ]) {
    if (!bars.length) continue;
    const drawn = panel(title, top, bars, write);
    body += drawn.text;
    top += drawn.height;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${
    top - 20}" width="${WIDTH}" height="${top - 20}" role="img">
  <title>tasks-cgi beside its floors and peers</title>
  <style>${STYLE}
  </style>
${body}</svg>
`;
}
