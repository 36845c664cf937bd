// report.mjs COUNT FOLDER: generate a log with COUNT requests and check the output of
// tasks-report.  Compute the expected values from the generated requests, not from the log.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const [count, folder] = [Number(process.argv[2]), process.argv[3]];
const root = new URL('../..', import.meta.url).pathname;
const id = '7b2e8f0a-1c3d-4e5f-8a9b-0c1d2e3f4a5b';
const began = Date.UTC(2026, 1, 28, 22, 30);

// Return a pseudorandom number in [0, 1).  The sequence is the same in each run.
let state = 7;
function chance() {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return state / 2 ** 32;
}
const pick = (list) => list[Math.floor(chance() * list.length)];

// Request paths and their routes.
const paths = [
	['/api/tasks', '/api/tasks'], ['/api/tasks/', '/api/tasks'], ['/api/tasks', '/api/tasks'],
	['/api/v1/tasks', '/api/v1/tasks'], ['/api/alice/tasks', '/api/{user_id}/tasks'],
	[`/api/tasks/${id}`, '/api/tasks/{id}'], [`/api/v1/tasks/${id}/`, '/api/v1/tasks/{id}'],
	['/api/tasks/tasks', '/api/tasks/{id}'], ['/api/tasks/tasks/complete', '/api/tasks/{id}/complete'],
	[`/api/b%20o/tasks/${id}/complete`, '/api/{user_id}/tasks/{id}/complete'],
	['/api/me', '/api/me'], ['/api/v1/auth/me/', '/api/v1/auth/me'], ['/api/me/tasks', 'other'],
	['/health', '/health'], ['/health/live', '/health/live'], ['/docs', '/docs'],
	['/docs/docs.js', '/docs/{file}'], ['/docs/a/b', 'other'], ['/', 'other'], ['/api', 'other'],
	['/api//tasks', 'other'], [`/api/tasks/${id}/complete/x`, 'other'], ['/x=1 status=500 y', 'other'],
	['/x" status=500 ms=99999 path="/api/me', 'other'], ['/\\" status=500 \\', 'other'],
	['/api/x" ms=99999 "y/tasks', '/api/{user_id}/tasks'], ['/é\n\x1b[31m', 'other'],
	['/api/\\/tasks', '/api/{user_id}/tasks'], ['-', 'other'], ['', 'other'],
];
const methods = ['GET', 'GET', 'GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'get', 'G"ET status=1'];
const results = [[200], [200], [200], [201], [204], [304], [401, 'missing_token'], [404, 'not_found'],
	[422, 'validation_error'], [500, 'internal_error'], [503, 'database_unavailable'], [400], [408], [429]];
// Lines that are not log lines of the API.  The last ones differ only slightly.
const good = 'time=2026-01-01T00:00:00Z client=::1 method="GET" path="/" status=200 bytes=1 ms=1 request_id="x"';
const strange = [
	'', '-', '127.0.0.1 - - [28/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5', 'time=now',
	'{"time":"2026-01-01T00:00:00Z","status":200}', '"', '\\', '=', 'a=b', '\x00\xff',
	good.replace('status=200', 'status=2OO'), good.replace('ms=1', 'ms=-1'), good.replace('ms=1', 'ms=1e9'),
	good.replace('T00:', 'T99:'), good.replace('00Z', '00'), good.replace(' client=::1', ''), `${good} status=500`,
	`${good} "`, `${good} "x"`, `${good} path="/api/me"`, good.replace('"GET"', 'GET "x"'), `${good} - program=x`,
];

const apache = (text) => text.replace(/[\\"]/g, '\\$&').replace('\n', '\\n')
	.replace(/[^ -~]/g, (c) => [...Buffer.from(c)].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join(''));
const nginx = (text) => text.replace(/[\\"]|[^ -~]/g,
	(c) => [...Buffer.from(c)].map((b) => `\\x${b.toString(16).toUpperCase().padStart(2, '0')}`).join(''));

// Return an RFC 3339 time in a random zone, formatted as the server formats it.
function timeOf(at, server) {
	const minutes = pick([0, 0, 60, -330]);
	const local = new Date(at + minutes * 60000).toISOString();
	const zone = `${minutes < 0 ? '-' : '+'}${String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')}:` +
		`${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
	if (server === 'nginx')
		return local.slice(0, 19) + zone;
	return local.slice(0, 23) + (minutes === 0 && chance() < 0.3 ? 'Z' : zone.replace(':', ''));
}

function lineOf(r) {
	const escape = r.server === 'nginx' ? nginx : apache;
	return `time=${r.time} client=127.0.0.1 method="${escape(r.method)}" path="${escape(r.path)}" status=${r.status} ` +
		`bytes=${Math.floor(chance() * 5000)} ms=${r.ms} request_id="4f"` +
		(r.server === 'nginx' ? ' upstream="tasks-list:502, 200"' : '') +
		(r.program ? ` program=tasks-list user=a%20b%22${r.code ? ` code=${r.code}` : ''} program_ms=${r.program}` : ' -') +
		(r.db ? ` db_ms=${r.db} trace_id=0af7651916cd43dd8448eb211c80319c` : '');
}

const requests = [];
let strangers = 0;
const files = [0, 1, 2].map((n) => `${folder}/access.log${['', '.1', '.2.gz'][n]}`);
const parts = [[], [], []];
for (let n = 0; n < count; n++) {
	const [path, folded] = pick(paths);
	const method = pick(methods);
	const [status, code] = pick(results);
	const server = pick(['apache', 'nginx']);
	const ms = Math.floor(1 / (chance() + 1e-4));
	const program = status !== 408 && chance() < 0.9 ? (ms * chance()).toFixed(3) : '';
	const at = began + Math.floor(chance() * 86400000);
	const request = { path, method, status, server, ms, program, at,
		route: `${/^[A-Z]+$/.test(method) ? method : 'other'} ${folded}`,
		code: program ? code : undefined,
		db: program && chance() < 0.5 ? (program / 2).toFixed(3) : '', time: timeOf(at, server) };
	requests.push(request);
	parts[n % 3].push(lineOf(request));
	if (chance() < 0.01) {
		parts[n % 3].push(pick(strange));
		strangers++;
	}
}
for (const [n, lines] of parts.entries()) {
	const bytes = Buffer.from(`${lines.join('\n')}\n`);
	writeFileSync(files[n], files[n].endsWith('.gz') ? gzipSync(bytes) : bytes);
}

// --- The expected report ------------------------------------------------------------

// The nearest-rank percentiles.
function percentiles(values) {
	const sorted = values.map(Number).sort((a, b) => a - b);
	return [50, 95, 99].map((p) => sorted[Math.ceil(p * sorted.length / 100) - 1]);
}
const of = (list, digit) => list.filter(({ status }) => Math.floor(status / 100) === digit).length;
const wanted = new Map();
const add = (label, ...numbers) => wanted.set(label, numbers);
add('all, in the server', count, ...percentiles(requests.map(({ ms }) => ms)));
for (const [label, key] of [['all, in a program', 'program'], ['all, with the database', 'db']]) {
	const list = requests.filter((r) => r[key]);
	add(label, list.length, ...percentiles(list.map((r) => r[key])));
}
const byRoute = new Map();
for (const r of requests) {
	if (!byRoute.has(r.route))
		byRoute.set(r.route, []);
	byRoute.get(r.route).push(r);
}
for (const [route, list] of byRoute)
	add(route, list.length, of(list, 4), of(list, 5), ...percentiles(list.map(({ ms }) => ms)));
for (const r of requests.filter(({ status }) => status >= 400)) {
	const label = `${r.status}  ${r.code ?? '-'}`;
	wanted.set(label, [(wanted.get(label)?.[0] ?? 0) + 1]);
}

// --- The actual report --------------------------------------------------------------

const report = execFileSync(`${root}/tools/admin/tasks-report`, files, { encoding: 'utf8' });
const lines = report.trimEnd().split('\n');
const told = new Map(lines.map((line) => line.match(/^(.*?) {2,}([0-9. ]+)$/))
	.filter((match) => match)
	.map(([, label, numbers]) => [label, numbers.trim().split(/ +/).map(Number)]));
const ordered = [...requests].sort((a, b) => Math.floor(a.at / 1000) - Math.floor(b.at / 1000));
const [, total, first, last] = lines[0].match(/^(\d+) requests from (\S+) to (\S+)$/);
const second = (time) => Math.floor(Date.parse(time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) / 1000);
assert.equal(Number(total), count);
assert.equal(second(first), Math.floor(ordered[0].at / 1000), first);
assert.equal(second(last), Math.floor(ordered.at(-1).at / 1000), last);
assert.equal(lines[1], `${strangers} lines are not requests of the API`);
assert.equal(lines[2], [2, 3, 4, 5].map((d) => `${d}xx ${of(requests, d)}`).join(', '));
assert.deepEqual(Object.fromEntries([...told].sort()), Object.fromEntries([...wanted].sort()));
// Both tables are sorted by count, descending.
const counts = (from) => lines.slice(from).map((line) => Number(line.slice(39).trim().split(/ +/)[0]));
const errorsAt = lines.findIndex((line) => line.startsWith('errors'));
for (const list of [counts(8).slice(0, errorsAt - 9), counts(errorsAt + 1)])
	assert.deepEqual(list, [...list].sort((a, b) => b - a));
console.log(`${count} requests, ${strangers} strange lines, ${told.size} rows`);
