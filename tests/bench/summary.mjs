// The summary of a run for docs/speed.md and README.md, as Markdown.
import os from 'node:os';
import { backendOf, memoryOf, names, ratio, row } from './figures.mjs';

export const PRICES = {
  process: 'a null process: fork, exec, wait',
  fault: 'a page fault',
  call: 'a system call: getppid',
  switch: 'a context switch',
};

const OPERATIONS = ['list', 'get', 'update', 'create'];
const OURS = { 'fcgi-nginx': 'FastCGI, nginx', fcgi: 'FastCGI, Apache', 'cgi-pool': 'CGI and PgBouncer' };
const PEERS = { fastify: 'Fastify', php: 'PHP-FPM', fastapi: 'FastAPI', 'python-cgi': 'Python as CGI' };

const digits = (value) => (value < 10 ? 2 : value < 100 ? 1 : 0);
export const number = (value) => (value === undefined ? '' : !Number.isFinite(value) ? '-' :
  value.toLocaleString('en', {
    minimumFractionDigits: digits(value),
    maximumFractionDigits: digits(value),
  }));

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i ? '---:' : '---'))), ...rows.map(line), ''].join('\n');
}

// How far the rounds are apart, as a share of the median.
export const spread = ({ runs, rate, slowest, fastest }) =>
  (runs.length === 1 ? '-' : `${(100 * (fastest - slowest) / rate).toFixed(0)} %`);

export function priceTable(figures) {
  return table(['What this machine charges for', 'us'], figures.price.map(
    ({ name, nanoseconds }) => [PRICES[name], number(nanoseconds / 1000)]));
}

export function backendTable(figures) {
  return table(['CPU time of PostgreSQL for a list of 20', 'us'], [
    ['the programs, FastCGI, 1 connection', number(backendOf(figures, 'programs'))],
    ['their statements alone, in a loop', number(backendOf(figures, 'ours'))],
    ['the plain statement, in a loop', number(backendOf(figures, 'plain'))]]);
}

const at = (figures, name, operation) => row(figures, name, operation, 16);

function rateTable(figures) {
  const rows = Object.keys(names).filter((name) => at(figures, name, 'list')).map((name) => {
    const list = at(figures, name, 'list');
    return [names[name], number(list.rate), spread(list), number(list.p99),
      ...OPERATIONS.slice(1).map((operation) => number(at(figures, name, operation)?.rate)),
      number(memoryOf(figures, name)?.idle)];
  });
  return table(['16 connections', 'list of 20, req/s', 'spread', 'p99 ms', 'get', 'update', 'create',
    'memory at rest, MB'], rows);
}

// Returns the ratios of one of ours to a peer, one per operation, or undefined.
function ratios(figures, name, peer) {
  const seen = OPERATIONS.map((operation) => ratio(at(figures, name, operation), at(figures, peer, operation)));
  return seen.includes(undefined) ? undefined : seen;
}

function ratioTable(figures) {
  const rows = [];
  for (const [name, ours] of Object.entries(OURS)) {
    for (const [peer, theirs] of Object.entries(PEERS)) {
      const seen = ratios(figures, name, peer);
      if (!seen) continue;
      rows.push([`${ours}, against ${theirs}`,
        ...seen.map((value) => (value < 1 ? `**${number(value)}**` : number(value)))]);
    }
  }
  return table(['Requests per second, as a multiple', ...OPERATIONS], rows);
}

// Returns for README how FastCGI and CGI compare with the other services.
export function range(figures) {
  const text = (value) => value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0);
  const sentence = (name, ours) => {
    const parts = Object.entries(PEERS).flatMap(([peer, theirs]) => {
      const seen = peer === 'python-cgi' ? null : ratios(figures, name, peer);
      return seen ? [`${text(Math.min(...seen))} to ${text(Math.max(...seen))} times ${theirs}'s`] : [];
    });
    return parts.length ? `${ours} reaches ${parts.join(', ')}.` : '';
  };
  return [sentence('fcgi-nginx', 'In requests per second, FastCGI behind nginx'),
    sentence('cgi-pool', 'CGI, which starts a process for each request,')]
    .filter(Boolean).join(' ');
}

export function summary(figures) {
  const rounds = 1 + Math.max(0, ...figures.load.map(({ round }) => round));
  const of = figures.run.map(({ commit, day }) => `, commit ${commit}, on ${day}`).join('');
  return [
    `One run of \`make bench\`${of}, with ${os.cpus().length} cores (${os.cpus()[0].model.trim()}):\nmedians of ${
      rounds === 1 ? 'one round' : `${rounds} rounds`}, and how far the rounds are apart.\n`,
    rateTable(figures),
    'Where the figure is bold, the other service is faster.\n',
    ratioTable(figures),
    'These prices tell how another machine differs. CGI pays for processes and page faults, FastCGI for\n' +
    'system calls and context switches.\n',
    priceTable(figures),
  ].join('\n');
}
