// The goals, and whether they were reached.
import { memoryOf, ratio, row } from './figures.mjs';

const times = (value) => `${value.toFixed(2)} x`;
const ms = (value) => `${value.toFixed(0)} ms`;

// Returns for each goal its text, the measured value, and whether it is met (undefined:
// not measured).
export function goals(figures) {
  const at = (name, connections = 16) => row(figures, name, 'list', connections);
  const list = [];
  const add = (text, seen, met) => list.push({ text, seen, met });
  const unless = (text, ...needed) => {
    if (needed.every((figure) => figure !== undefined)) return false;
    add(text, 'not measured');
    return true;
  };
  const rate = (text, name, other, least) => {
    const seen = ratio(at(name), at(other));
    if (!unless(text, seen)) add(text, times(seen), seen >= least);
  };
  const crowd = (text, name, connections, most) => {
    const seen = at(name, connections);
    if (unless(text, seen)) return;
    const errors = seen.status + seen.lost;
    // Percentiles cover only replies. If some clients never get one, only the mean shows
    // it.
    add(text, `${ms(seen.p95)}, mean ${ms(seen.mean)}, ${errors} errors`,
      seen.p95 < most && seen.mean < most && !errors);
  };

  rate('list of 20, 16 connections: CGI with PgBouncer at least 0.5 of the null CGI program',
    'cgi-pool', 'null-cgi', 0.5);
  rate('the same at least 2.5 x FastAPI', 'cgi-pool', 'fastapi', 2.5);
  const slow = 'the same with a p99 no worse than FastAPI\'s';
  const [mine, theirs] = [at('cgi-pool'), at('fastapi')];
  if (!unless(slow, mine, theirs)) {
    add(slow, `${ms(mine.p99)} to ${ms(theirs.p99)}`, mine.p99 <= theirs.p99);
  }
  for (const [where, name, floor] of [['Apache', 'fcgi', 'null-fcgi'], ['nginx', 'fcgi-nginx', 'null-nginx']]) {
    rate(`FastCGI (${where}) at least 0.6 of the null FastCGI program`, name, floor, 0.6);
    rate(`FastCGI (${where}) at least 10 x FastAPI`, name, 'fastapi', 10);
    rate(`FastCGI (${where}) at least 1.5 x Fastify`, name, 'fastify', 1.5);
  }
  crowd('CGI with PgBouncer, 100 connections: p95 below 200 ms, no error', 'cgi-pool', 100, 200);
  crowd('FastCGI, 1,000 connections: p95 below 250 ms, no error', 'fcgi-nginx', 1000, 250);

  const rest = memoryOf(figures, 'cgi-pool');
  const idle = 'CGI at rest: Apache and PgBouncer alone';
  if (!unless(idle, rest)) {
    add(idle, `${rest.programs} programs, ${rest.idle.toFixed(1)} MB`, rest.programs === 0);
  }
  const [me, nothing] = ['me', 'null_cgi'].map((name) =>
    figures.process.find((program) => program.name === name));
  const lean = '`me` with a valid token at most 3.2 x a null program, from exec to exit';
  if (!unless(lean, me, nothing)) {
    const seen = me.wall / nothing.wall;
    add(lean, `${times(seen)}, in CPU time ${times(me.cpu / nothing.cpu)}`, seen <= 3.2);
  }
  return list;
}
