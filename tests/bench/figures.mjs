// Reads the figures of `run`, and computes medians over the rounds.
import { readFileSync } from 'node:fs';

export const names = {
  'null-cgi': 'null CGI program (floor)',
  cgi: '**tasks-cgi**, CGI',
  'cgi-pool': '**tasks-cgi**, CGI and PgBouncer',
  'python-cgi': 'Python as CGI, psycopg2, PgBouncer',
  'null-fcgi': 'null FastCGI program (floor)',
  fcgi: '**tasks-cgi**, FastCGI',
  'null-nginx': 'null FastCGI program, nginx (floor)',
  'fcgi-nginx': '**tasks-cgi**, FastCGI, nginx',
  php: 'PHP-FPM, PDO, Apache',
  fastapi: 'FastAPI, SQLModel, PyJWT',
  fastify: 'Fastify, pg, jose',
  pgbench: 'pgbench, the plain statement (limit)',
};

export const floorOf = {
  cgi: 'null-cgi',
  'cgi-pool': 'null-cgi',
  fcgi: 'null-fcgi',
  'fcgi-nginx': 'null-nginx',
};

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

function load([name, operation, connections, round, ...numbers]) {
  const [requests, micros, p50, p95, p99, status, lost, busy, cpu] =
    numbers.map(Number);
  return {
    name,
    operation,
    connections: Number(connections),
    round: Number(round),
    requests,
    rate: (requests - status) / (micros / 1e6),
    // By Little's law. This includes clients that wait during the whole run.
    mean: (Number(connections) * micros) / 1000 / (requests - status),
    p50: p50 / 1000,
    p95: p95 / 1000,
    p99: p99 / 1000,
    status,
    lost,
    busy,
    cpu: cpu / 1000 / requests,
  };
}

function memory([name, ...numbers]) {
  const [idle, peak, databaseIdle, databasePeak, programs] =
    numbers.map(Number);
  return { name, idle, peak, databaseIdle, databasePeak, programs };
}

function process([name, ...numbers]) {
  const [wall, cpu, faults, instructions, libraries, files] =
    numbers.map(Number);
  return { name, wall, cpu, faults, instructions, libraries, files };
}

// The commit that was measured, and the day.
const run = ([commit, day]) => ({ commit, day });

const price = ([name, nanoseconds]) => ({ name, nanoseconds: Number(nanoseconds) });

// CPU time of PostgreSQL per list, in microseconds.
const backend = ([name, round, requests, nanoseconds]) =>
  ({ name, round: Number(round), micros: nanoseconds / requests / 1000 });

export function read(file) {
  const kinds = { run, load, memory, process, price, backend };
  const figures = { run: [], load: [], memory: [], process: [], price: [], backend: [] };
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [kind, ...fields] = line.split('\t');
    figures[kind].push(kinds[kind](fields));
  }
  return figures;
}

// Returns the medians of a contender's runs, or undefined.
export function row(figures, name, operation, connections) {
  const runs = figures.load.filter((run) => run.name === name &&
    run.operation === operation && run.connections === connections);
  if (!runs.length) return undefined;
  const of = (member) => median(runs.map((run) => run[member]));
  const sum = (member) => runs.reduce((total, run) => total + run[member], 0);
  const rates = runs.map(({ rate }) => rate);
  return {
    rate: of('rate'),
    slowest: Math.min(...rates),
    fastest: Math.max(...rates),
    mean: of('mean'),
    p50: of('p50'),
    p95: of('p95'),
    p99: of('p99'),
    cpu: of('cpu'),
    requests: sum('requests'),
    status: sum('status'),
    lost: sum('lost'),
    busy: sum('busy'),
    runs,
  };
}

// Returns the median ratio of the two rates, compared within each round.
export function ratio(mine, others) {
  if (!mine || !others) return undefined;
  return median(mine.runs.map((run) => run.rate /
    (others.runs.find(({ round }) => round === run.round) ?? others).rate));
}

// Returns the median CPU time of PostgreSQL for a list, in microseconds, or undefined.
export function backendOf(figures, name) {
  const rounds = figures.backend.filter((round) => round.name === name);
  return rounds.length ? median(rounds.map(({ micros }) => micros)) : undefined;
}

// Returns the number of system calls of a list, as `make test` has verified it for the
// newest recorded toolchain: { cgi, fcgi }.
export function systemCalls() {
  const calls = {};
  const file = new URL('../system/programs/costs', import.meta.url);
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, mode, request, , , count] = line.split(' | ');
    if (request === 'list') calls[mode] = Number(count);
  }
  return calls;
}

// Returns the medians of the rounds' memory, in MB.
export function memoryOf(figures, name) {
  const rounds = figures.memory.filter((round) => round.name === name);
  if (!rounds.length) return undefined;
  const of = (member) => median(rounds.map((round) => round[member]));
  return {
    idle: of('idle') / 1024,
    peak: of('peak') / 1024,
    databaseIdle: of('databaseIdle') / 1024,
    databasePeak: of('databasePeak') / 1024,
    programs: Math.max(...rounds.map((round) => round.programs)),
  };
}
