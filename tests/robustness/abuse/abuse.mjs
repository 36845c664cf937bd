// Checks that a misbehaving client does not affect other clients noticeably.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { loadavg } from 'node:os';
import { freePorts, tokenOf, root, secret, sleep, slowness, sql, startApi, startDatabase, until } from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';
import { ask, attack, bearer, round, rounds } from './client.mjs';
import { serverState } from './state.mjs';

const origin = 'http://localhost:3000';

// A request of another client during an attack may take `times` times the median without
// an attack, or `ms` milliseconds if that is more.
const patience = { times: 100, ms: 1000 };

// The shipped limits: requests of one client in ten seconds, and its connections to
// Apache.
const most = { requests: 1000, connections: 64 };

// [attack, what a user would lose].
const attacks = [
	['silent', '10,000 connections of one client that send nothing'],
	['idle', '10,000 connections of one client that asked once and stay'],
	['idle-many', '10,000 connections from 250 addresses that asked once and stay'],
	['slow-header', 'headers that never end, a line at a time, over 1,000 connections'],
	['slow-body', 'bodies that never end, a byte at a time, over 1,000 connections'],
	['slow-reader', 'a large list that nobody reads, over 200 connections'],
	['huge-headers', 'a flood of requests with headers of 48 kB'],
	['many-headers', 'a flood of requests with 5,000 headers'],
	['endless-header', 'a header without an end, over 200 connections'],
	['pipelined', 'requests by the hundred, without waiting for the answers'],
	['valid-token', 'a flood of lists with a valid token'],
	['invalid-token', 'a flood of lists with an invalid token'],
	['preflight', 'a flood of preflights'],
	['search', 'a flood of searches in 5,000 long texts, for one that never fits'],
	['search-late', 'a flood of searches in 5,000 long texts, for one that fits but for its middle'],
	['crowd', 'a flood of lists over 1,000 connections'],
	['http-1.0', 'a flood by HTTP/1.0 without Host, a connection for each'],
	['connections', 'connections that are opened and reset, as fast as it goes'],
];

// Only for nginx, which spends no thread on a connection: many connections from many
// addresses do not use up its workers.
const crowds = [
	['silent-many', '10,000 connections from 250 addresses that send nothing'],
	['slow-header-many', 'headers that never end, over 10,000 connections from 250 addresses'],
];

// Floods that the limit of the request rate must refuse.
const refused = ['pipelined', 'valid-token', 'invalid-token', 'preflight', 'search', 'search-late', 'crowd', 'http-1.0'];

// Attacks that do not wait for a reply.
const mute = ['silent', 'silent-many', 'slow-header', 'slow-header-many', 'slow-body', 'slow-reader', 'connections'];

// Each test uses a new client address, so that no earlier request counts against its
// limits.
let clients = 10;
const newClient = () => `127.0.${++clients}.1`;

// alice has a page of tasks. hoarder has a megabyte of tasks. The texts of searcher
// nearly match many search words at every position, which makes a search slow.
async function start(server) {
	const [port] = await freePorts(1);
	await startDatabase(server);
	const api = await startApi(server, port, {
		SERVER: server, MODE: server === 'nginx' ? 'fcgi' : 'cgi', BETTER_AUTH_SECRET: secret,
		BUILD: process.env.BUILD ?? `${root}build`,
	});
	for (const [user, tasks, length] of [['alice', 20, 1], ['hoarder', 1000, 1000], ['searcher', 5000, 2000]])
		await sql(server, `BEGIN; SELECT set_config('app.user_id', '${user}', true);
			INSERT INTO users (id) VALUES ('${user}');
			INSERT INTO tasks (user_id, title, description)
				SELECT '${user}', 'task', repeat('x', ${length}) FROM generate_series(1, ${tasks}); COMMIT`);
	return { ...api, port, server, token: tokenOf('alice', 86400), hoarder: tokenOf('hoarder', 86400),
		searcher: tokenOf('searcher', 86400) };
}

function assertRefusal(status, headers, body) {
	const answer = JSON.parse(body);
	assert.equal(status, 429);
	assert.equal(answer.detail, 'Too many requests');
	assert.equal(answer.code, 'too_many_requests');
	assert.match(answer.request_id, /^[A-Za-z0-9_-]{1,64}$/);
	assert.equal(headers['x-request-id'], answer.request_id);
	assert.match(headers['retry-after'], /^([1-9]|10)$/);
	assert.equal(headers['content-type'], 'application/json');
	assert.equal(headers['x-content-type-options'], 'nosniff');
	assert.match(headers.vary, /Origin/);
}

// Requests a file until a request is refused. Returns the number of served requests and
// the refusal.
async function exhaust(api, from) {
	const agent = new Agent({ keepAlive: true, maxSockets: 8 });
	let served = 0;
	let refusal = null;
	await Promise.all(Array.from({ length: 8 }, async () => {
		while (refusal === null && served < 5 * most.requests) {
			const answer = await ask(api, from, '/docs/docs.css', { agent });
			if (answer.status === 200)
				served++;
			else
				refusal ??= answer;
		}
	}));
	agent.destroy();
	assert.ok(refusal, `${served} requests were served`);
	return { served, refusal };
}

// Checks that the access log shows the refusals to an operator.
async function isLogged(api, from) {
	const log = `${process.env.RUN}/${api.name}/${api.server.split('-')[0]}/tasks-access.log`;
	const lines = (await readFile(log, 'utf8')).split('\n')
		.filter(line => line.includes(` client=${from} `) && line.includes(' status=429 '));
	assert.ok(lines.length > 0, 'no line of the access log is about it');
	for (const line of lines)
		assert.match(line, /^time=\S+ client=\S+ method="GET" path="\/docs\/docs\.css" status=429 bytes=\d+ ms=\d+ request_id="[A-Za-z0-9_-]+" /);
}

async function normalUse(api) {
	await test(`${api.server}: a page that asks for 30 things at once gets them all`, async () => {
		const from = newClient();
		// Two browsers at one address, six connections each.
		const pages = [1, 2].map(async () => {
			const agent = new Agent({ keepAlive: true, maxSockets: 6 });
			for (let page = 0; page < 2; page++) {
				const answers = await Promise.all(Array.from({ length: 30 }, () => ask(api, from,
					'/api/tasks?limit=20', { agent, headers: bearer(api.token) })));
				assert.deepEqual(answers.map(({ status }) => status), Array(30).fill(200));
			}
			agent.destroy();
		});
		await Promise.all(pages);
	});
}

async function refusals(api) {
	await test(`${api.server}: a client that asks too often is told so, and when to come back`, async () => {
		const from = newClient();
		const { served, refusal } = await exhaust(api, from);
		assert.ok(served >= most.requests - 10, `only ${served} requests were served`);
		assertRefusal(refusal.status, refusal.headers, refusal.body);
		// Retry-After is in whole seconds, so a second wait may be necessary.
		let answer = refusal;
		for (let waits = 0; waits < 2 && answer.status === 429; waits++) {
			await sleep(Number(answer.headers['retry-after']) * 1000);
			answer = await ask(api, from, '/docs/docs.css');
		}
		assert.equal(answer.status, 200);
		await isLogged(api, from);
	});
	await test(`${api.server}: the page of an allowed origin, and no other, can read that it is refused`, async () => {
		const from = newClient();
		await exhaust(api, from);
		const agent = new Agent({ keepAlive: true, maxSockets: 8 });
		const others = ['http://localhost', 'http://localhost:300?', '*', 'null', 'https://evil.example'];
		const refusedTo = async origins => {
			// nginx allows another request every 10 ms.
			const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => ask(api, from, '/api/tasks',
				{ agent, headers: { Origin: origins[n % origins.length] } })));
			return answers.filter(({ status }) => status === 429);
		};
		const read = await refusedTo([origin]);
		const unread = await refusedTo(others);
		agent.destroy();
		assert.ok(read.length > 0 && unread.length > 0);
		for (const { status, headers, body } of read) {
			assertRefusal(status, headers, body);
			assert.equal(headers['access-control-allow-origin'], origin);
			assert.match(headers['access-control-expose-headers'], /Retry-After/);
		}
		for (const { headers } of unread)
			assert.equal(headers['access-control-allow-origin'], undefined);
	});
}

// Checks what must hold for the replies of every attack.
function judge(api, name, told, seconds) {
	const { 429: refusals = 0, ...others } = told.statuses;
	const served = Object.values(others).reduce((sum, count) => sum + count, 0);
	note(`  ${told.accepted} connections, ${told.ended} ended; ${JSON.stringify(told.statuses)}`);
	const faults = Object.keys(told.statuses).filter(status => status >= 500);
	assert.deepEqual(faults, [], 'the server had faults');
	assert.ok(told.accepted >= told.wanted, `the attackers got no more than ${told.accepted} connections`);
	assert.ok(mute.includes(name) || served + refusals > 0, 'the attackers were not heard');
	if (refused.includes(name)) {
		assert.ok(served <= most.requests * (1 + seconds / 10), `${served} requests were served`);
		if (name !== 'pipelined')
			assert.ok(refusals > 0, 'nothing was refused');
	}
	if (told.refusal) {
		const [head, body] = told.refusal.split('\r\n\r\n');
		const headers = Object.fromEntries(head.split('\r\n').slice(1)
			.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
		assertRefusal(Number(head.slice(9, 12)), headers, /\{.*\}/.exec(body)[0]);
	}
	if (api.server === 'apache-event' && ['slow-header', 'slow-body'].includes(name))
		assert.ok(told.accepted - told.ended <= most.connections, 'one client has too many connections');
}

// Returns the duration of the slowest request of another client during the attack, in ms.
async function worstDuring(api, name) {
	const since = performance.now();
	const end = await attack(api, name, newClient());
	let times = [];
	let told;
	try {
		times = await rounds(api, 10);
	} finally {
		told = await end();
	}
	const worst = Math.round(times.at(-1));
	note(`  ${name}: ${times.length} requests of others, half within ${Math.round(times[times.length >> 1])} ms, ` +
		`worst ${worst} ms; load ${loadavg()[0].toFixed(1)}`);
	judge(api, name, told, (performance.now() - since) / 1000);
	return worst;
}

// Repeats an attack whose slowest request took too long, because the machine may have had
// other work.
async function underAttack(api, [name, what]) {
	await test(`${api.server}: others are served in time during ${what}`, async () => {
		let worst = await worstDuring(api, name);
		if (worst > api.limit)
			worst = await worstDuring(api, name);
		assert.ok(worst <= api.limit, `one took ${worst} ms, and may take ${api.limit}`);
	});
}

// There are more slow clients than threads. Apache cannot tell them from many real users
// with slow connections, but RequestReadTimeout closes their connections.
async function outlasts(api) {
	await test(`${api.server}: headers that never end, from 250 addresses, are outlasted`, async () => {
		const end = await attack(api, 'slow-header-some', newClient());
		const since = performance.now();
		let told;
		try {
			await round(api);
			note(`  served again after ${Math.round(performance.now() - since)} ms`);
			assert.ok(performance.now() - since < 15000 * slowness, 'too late');
			// Give the attackers time to notice the closed connections.
			await sleep(2000 * slowness);
		} finally {
			told = await end();
		}
		note(`  ${told.accepted} connections, ${told.ended} ended`);
		assert.ok(told.ended > 0, 'nobody was hung up on');
	});
}

// default_pool_size: PgBouncer keeps up to this many connections to the database for ten
// minutes. Their number depends on how many programs ran at once, which depends on the
// machine.
const pooled = 20;

async function asBefore(api, before) {
	await test(`${api.server}: afterwards it has no more processes, descriptors and connections than before`, async () => {
		let after;
		await until(40, 'as before', async () => {
			after = await serverState(api);
			return after.processes <= before.processes && after.descriptors <= before.descriptors + 10 + pooled &&
				after.connections <= 1;
		}, 2000).catch(error => {
			throw new Error(`${error.message}: ${JSON.stringify(before)}, now ${JSON.stringify(after)}`);
		});
		note(`  before ${JSON.stringify(before)}`);
		note(`  after  ${JSON.stringify(after)}`);
		// Each nginx worker keeps the memory that its own largest number of
		// connections needed.
		assert.ok(after.mb <= before.mb + 60, `${before.mb} MB of memory, now ${after.mb}`);
		await round(api);
	});
}

export async function abuse(server) {
	const api = await start(server);
	await round(api);
	const times = await rounds(api, 10);
	const usual = times[times.length >> 1];
	api.limit = Math.round(Math.max(patience.ms, patience.times * usual));
	note(`  without an attack, half of the requests take ${usual.toFixed(1)} ms; in time is within ${api.limit} ms`);
	await normalUse(api);
	// The first attack of each kind makes the server keep connections to the
	// database, threads and memory. Later attacks must not add to them, so count
	// after these two.
	for (const name of ['valid-token', server === 'nginx' ? 'slow-header-many' : 'idle-many']) {
		const end = await attack(api, name, newClient());
		await end();
		await sleep(1000);
	}
	const before = await serverState(api);
	await refusals(api);
	for (const each of server === 'nginx' ? [...attacks, ...crowds] : attacks)
		await underAttack(api, each);
	if (server !== 'nginx')
		await outlasts(api);
	await normalUse(api);
	await asBefore(api, before);
}
