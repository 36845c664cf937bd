// report FIGURES FOLDER: print the tables, also to FOLDER/report.md, and draw
// FOLDER/bench.svg.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { chart } from './chart.mjs';
import { floorOf, memoryOf, names, ratio, read, row } from './figures.mjs';
import { goals } from './goals.mjs';
import { backendTable, number, priceTable, spread, table } from './summary.mjs';

const TITLES = {
  list: 'List of 20',
  get: 'Get one of 20',
  update: 'Update one of 1,000',
  create: 'Create',
  page: 'Page of 20, users from anywhere among 10,000 with 1,000 tasks each',
  'one-page': 'Page of 20, the same user again and again, in the same database',
  beyond: 'More at once than can be served',
};

const PEERS = ['php', 'fastapi', 'fastify'];

const [file, folder] = process.argv.slice(2);
const figures = read(file);

const count = (value) => value.toLocaleString('en');

function errors({ requests, status, lost, busy }) {
  if (!requests) return 'no reply at all';
  if (!status && !lost) return '0';
  const refused = busy ? `${count(busy)} of them 503 with Retry-After` : '';
  return [`${count(status + lost)} of ${count(requests + lost)}`, refused,
    lost ? `${count(lost)} without a reply` : ''].filter(Boolean).join(', ');
}

function operationTable(operation, connections) {
  const rows = [];
  for (const name of Object.keys(names)) {
    const mine = row(figures, name, operation, connections);
    if (!mine) continue;
    // A floor ignores the request, so it has only figures for lists.
    const floor = row(figures, floorOf[name], 'list', connections);
    const times = (other) => number(ratio(mine, other));
    rows.push([names[name], number(mine.rate), spread(mine), number(mine.mean),
      number(mine.p50), number(mine.p95), number(mine.p99), errors(mine), number(mine.cpu),
      times(floor), ...PEERS.map((peer) => times(row(figures, peer, operation, connections)))]);
  }
  const clients = connections === 1 ? '1 connection' : `${count(connections)} connections`;
  return rows.length === 0 ? '' : table([`${TITLES[operation]}, ${clients}`,
    'req/s', 'spread', 'mean ms', 'p50 ms', 'p95 ms', 'p99 ms', 'errors', 'CPU ms/req',
    'x floor', ...PEERS.map((peer) => `x ${names[peer].split(',')[0]}`)], rows);
}

function memoryTable() {
  const rows = Object.keys(names)
    .map((name) => [name, memoryOf(figures, name)])
    .filter(([, seen]) => seen)
    .map(([name, seen]) => [names[name], number(seen.idle), number(seen.peak),
      number(seen.databaseIdle), number(seen.databasePeak)]);
  return table(['Memory (PSS, MB)', 'at rest', 'peak', 'PostgreSQL at rest',
    'PostgreSQL, peak'], rows);
}

function processTable() {
  const nothing = figures.process.find(({ name }) => name === 'null_cgi');
  const rows = figures.process.map((program) => [`\`${program.name}\``,
    number(program.wall / 1000), number(program.wall / nothing.wall),
    number(program.cpu / 1000), count(program.instructions),
    count(program.faults), program.libraries, program.files]);
  return table(['A process', 'exec to exit, ms', 'x `null_cgi`', 'CPU ms',
    'instructions', 'page faults', 'libraries', 'files opened'], rows);
}

function goalTable() {
  const verdict = { true: 'met', false: '**not met**', undefined: '' };
  return table(['Goal', 'seen', ''], goals(figures).map(({ text, seen, met }) =>
    [text, seen, verdict[met]]));
}

const operations = Object.keys(TITLES);
const crowds = [...new Set(figures.load.map(({ connections }) => connections))]
  .sort((a, b) => a - b);
const rounds = 1 + Math.max(0, ...figures.load.map(({ round }) => round));
const text = [
  `${os.cpus().length} cores (${os.cpus()[0].model.trim()}), medians of ${
    rounds === 1 ? 'one round' : `${rounds} rounds`}. Spread: from the slowest to the fastest round, as a
share of the median.\n`,
  ...(figures.price.length ? [priceTable(figures)] : []),
  goalTable(),
  ...(figures.backend.length ? [backendTable(figures)] : []),
  ...operations.flatMap((operation) =>
    crowds.map((connections) => operationTable(operation, connections))),
  ...(figures.memory.length ? [memoryTable()] : []),
  ...(figures.process.length ? [processTable()] : []),
].filter(Boolean).join('\n');

writeFileSync(`${folder}/report.md`, text);
writeFileSync(`${folder}/bench.svg`, chart(figures));
process.stdout.write(text);
