// The goals, and whether they were reached.  A ratio is of runs in the same round.
import { backendOf, memoryOf, ratio, row, systemCalls } from './figures.mjs';

const times = (value) => `${value.toFixed(2)} x`;
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const OURS = 'fcgi-nginx';
const OPERATIONS = ['list', 'get', 'update', 'create'];

// Returns for each goal its text, the measured value, and whether it is met (undefined:
// not measured, or without a limit).
export function goals(figures) {
  const list = [];
  const add = (text, seen, met) => list.push({ text, seen: seen ?? 'not measured', met });
  const at = (name, connections = 16, operation = 'list') => row(figures, name, operation, connections);

  // Adds the goal that `name` serves at least `least` times as many requests as `other`.
  const faster = (text, name, other, least, operation = 'list') => {
    const seen = ratio(at(name, 16, operation), at(other, 16, operation));
    const limit = least === undefined ? '' : `: at least ${least}`;
    add(text + limit, seen && times(seen),
      seen && least !== undefined ? seen >= least : undefined);
  };

  const [mine, plain] = ['ours', 'plain'].map((name) => backendOf(figures, name));
  add('CPU time of PostgreSQL for a list of 20, against the plain statement: at most 1.15',
    mine && `${times(mine / plain)} (${mine.toFixed(0)} and ${plain.toFixed(0)} us)`,
    mine && mine / plain <= 1.15);
  const calls = systemCalls();
  for (const [mode, name, most] of [['fcgi', 'FastCGI', 13], ['cgi', 'CGI', 100]]) {
    add(`System calls of a list, ${name}: at most ${most}`, calls[mode] && String(calls[mode]),
      calls[mode] && calls[mode] <= most);
  }

  const least = { list: 1.8, get: 1.5, update: 1.2, create: 1.3 };
  for (const operation of OPERATIONS) {
    faster(`nginx and FastCGI against Fastify, 16 connections, ${operation}`, OURS, 'fastify',
      least[operation], operation);
  }
  for (const [other, name, limit] of [['php', 'PHP-FPM', 2], ['fastapi', 'FastAPI', 15]]) {
    faster(`The same against ${name}, list`, OURS, other, limit);
    for (const operation of OPERATIONS.slice(1)) {
      faster(`The same against ${name}, ${operation}`, OURS, other, undefined, operation);
    }
  }
  faster('List through nginx and FastCGI against pgbench with the plain statement', OURS, 'pgbench', 0.5);

  faster('CGI with PgBouncer against the null CGI program', 'cgi-pool', 'null-cgi', 0.6);
  faster('CGI with PgBouncer against Python as CGI', 'cgi-pool', 'python-cgi', 8);
  faster('CGI with PgBouncer against FastAPI', 'cgi-pool', 'fastapi');

  faster('Apache and FastCGI against nginx and FastCGI, list', 'fcgi', OURS, 0.7);
  for (const connections of [16, 100]) {
    const [apache, nginx] = [at('fcgi', connections), at(OURS, connections)];
    add(`The same, p99 with ${connections} connections: at most 2 times`,
      apache && nginx && `${times(apache.p99 / nginx.p99)} (${ms(apache.p99)} and ${ms(nginx.p99)})`,
      apache && nginx && apache.p99 <= 2 * nginx.p99);
  }

  const crowd = at(OURS, 1000);
  const errors = crowd && crowd.status + crowd.lost;
  // Percentiles cover only replies. If some clients never get one, only the mean shows it.
  add('nginx and FastCGI, 1,000 connections: p95 at most 250 ms, no error',
    crowd && `${ms(crowd.p95)}, mean ${ms(crowd.mean)}, ${errors} errors`,
    crowd && crowd.p95 <= 250 && crowd.mean <= 250 && !errors);

  const [rest, theirs] = [OURS, 'fastify'].map((name) => memoryOf(figures, name)?.idle);
  add('Memory at rest, nginx and FastCGI against Fastify: at most 0.25',
    rest && theirs && `${times(rest / theirs)} (${rest.toFixed(0)} and ${theirs.toFixed(0)} MB)`,
    rest && theirs && rest / theirs <= 0.25);
  return list;
}
