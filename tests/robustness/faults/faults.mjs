// The faults. `act` causes the fault while the load runs, and returns the time at which
// the part was available again. `struck` tells from the figures whether the fault had an
// effect. `allowed` lists the replies that may come besides 503 ('none': a broken
// connection). With `clean` no request may fail, with `readsGoOn` no read.
import { rm, statfs, writeFile } from 'node:fs/promises';
import { sleep, tokenOf, until } from '../../lib/stack.mjs';
import { Client } from './client.mjs';
import { Hoard } from './hoard.mjs';
import { workers } from './load.mjs';
import * as world from './world.mjs';

const { kill, pids, sql } = world;
const now = () => performance.now();
const run = process.env.RUN;
// The programs retry, so a short outage is only visible as a delay.
const felt = figures => figures.bad.length > 0 || figures.outage > 700;
const programs = () => ['list', 'get', 'create', 'update', 'delete', 'complete']
	.flatMap(name => pids(`tasks-${name}`));

async function killDatabase({ load }) {
	if (kill(pids('postgres')) === 0)
		throw new Error('there is no PostgreSQL');
	await load.meet(1.5);
	return world.startDatabase();
}

// PostgreSQL then ends all of its other processes as well.
async function killBackend(context) {
	const all = (await sql(`SELECT pid FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)).split('\n');
	const [victim] = all;
	kill([Number(victim)]);
	await until(20, 'PostgreSQL', () => sql('SELECT 1', { check: false }), 20);
	context.ended = !all.some(pid => pids('postgres').includes(Number(pid)));
	return now();
}

async function stopDatabase() {
	await world.stopDatabase();
	await sleep(10000);
	return world.startDatabase();
}

async function killPooler({ load, way }) {
	if (kill(pids('pgbouncer')) === 0)
		throw new Error('there is no PgBouncer');
	await load.meet(1.5);
	await world.startPooler(way);
	return now();
}

async function killApache({ load, setup }) {
	kill(pids('apache2'));
	await load.meet(1.5);
	await world.startApache(setup);
	return now();
}

// Kills the processes `rounds` times while requests wait for a lock within their
// transactions.
async function killInMidRequest(load, rounds, victims) {
	let over;
	let killed = 0;
	for (let round = 0; round < rounds; round++) {
		const release = await world.lockTasks();
		await load.meet(0);
		killed += kill(victims());
		await release();
		over = now();
		await load.more(workers);
	}
	return { over, killed };
}

// Apache's parent process restarts its children.
async function killApacheChildren({ load }) {
	const first = pids('apache2', (_, pid) => world.parent(pid) === 1);
	const { over } = await killInMidRequest(load, 2,
		() => pids('apache2', (_, pid) => !first.includes(pid)));
	return over;
}

async function killPrograms(context) {
	const { over, killed } = await killInMidRequest(context.load, 3, programs);
	context.killed = killed;
	return over;
}

const ballast = `${run}/postgres/ballast`;

// Fills the disk completely.
async function fillDisk() {
	const { bavail, bsize } = await statfs(`${run}/postgres`);
	await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(error => {
		if (error.code !== 'ENOSPC')
			throw error;
	});
}

async function emptyDisk() {
	await rm(ballast);
	return now();
}

// The existing WAL segments have room left, so only the tables cannot grow.
async function fillForTables({ load }) {
	await fillDisk();
	await until(30, 'a failure', () => load.asked.filter(one => !one.good).length >= 3);
	return emptyDisk();
}

// PostgreSQL ends when it cannot extend its WAL.
async function fillForLog({ load }) {
	await fillDisk();
	while (await sql(`SELECT pg_logical_emit_message(false, '', repeat('x', 4000000))`,
		{ check: false }));
	await load.meet(1);
	const free = await emptyDisk();
	if (pids('postgres').length === 0)
		return world.startDatabase();
	await until(20, 'PostgreSQL', () => sql('SELECT 1', { check: false }), 20);
	return Math.max(free, now());
}

async function blackHole(seconds) {
	await world.setLink(false);
	await sleep(seconds * 1000);
	return world.setLink(true);
}

async function delay(context) {
	const { load, relay } = context;
	const delayed = () => load.asked.filter(one => one.ended - one.begun >= 300).length;
	const before = delayed();
	relay.delay = 150;
	await load.more(3 * workers);
	relay.delay = 0;
	context.delayed = delayed() - before;
	return now();
}

async function cut(context, when) {
	const { load, relay } = context;
	const before = relay.cuts;
	relay.cut = when;
	await load.more(8 * workers);
	relay.cut = null;
	context.cuts = relay.cuts - before;
	return now();
}

// Also takes the connections that the pooler and the programs hold. Several attempts run
// at a time, because the pooler and the programs reconnect at once.
async function exhaustDatabase({ load }) {
	const hoard = new Hoard(world.postgresSocket, 'tasks_owner');
	const others = `application_name <> 'hoard' AND backend_type = 'client backend'
		AND pid <> pg_backend_pid()`;
	try {
		await until(30, 'all connections', async () => {
			await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
			await Promise.all(Array.from({ length: 8 }, () => hoard.fill(100)));
			return await sql(`SELECT count(*) FROM pg_stat_activity WHERE ${others}`) === '0';
		});
		await load.meet(1.5);
	} finally {
		hoard.release();
	}
	return now();
}

async function exhaustPooler({ load }) {
	const hoard = new Hoard(world.poolSocket, 'root');
	try {
		await hoard.fill(1000);
		let enough = false;
		load.meet(3).then(() => { enough = true; });
		// Also takes the connections that programs release meanwhile.
		while (!enough) {
			await hoard.fill(1000);
			await sleep(5);
		}
	} finally {
		hoard.release();
	}
	return now();
}

// Moves the clock an hour ahead, then an hour behind, then back. Returns whether
// `hasMoved` confirmed both moves.
async function moveClock({ load }, side, hasMoved) {
	let moved = true;
	for (const hours of [1, -1]) {
		await world.setClock(side, hours * 3600);
		await load.more(workers);
		moved &&= await hasMoved(hours);
		await load.more(workers);
	}
	await world.setClock(side, 0);
	return moved;
}

// With the clock an hour ahead, a token that is valid for ten minutes has expired.
async function moveWebClock(context) {
	const [{ id }] = context.users;
	const token = tokenOf(id, 600);
	const client = new Client(world.port);
	context.moved = await moveClock(context, 'web', async hours => {
		const { status } = await client.ask(token, 'GET', '/api/me');
		return status === (hours > 0 ? 401 : 200);
	});
	client.close();
	return now();
}

async function moveDatabaseClock(context) {
	context.moved = await moveClock(context, 'database', async hours => {
		const seconds = await sql('SELECT extract(epoch FROM clock_timestamp())');
		return Math.round((seconds - Date.now() / 1000) / 3600) === hours;
	});
	return now();
}

export const faults = {
	databaseKilled: {
		name: 'PostgreSQL killed, started again', act: killDatabase, struck: felt,
	},
	backendKilled: {
		name: 'one process of PostgreSQL killed', act: killBackend,
		struck: (_, context) => context.ended,
	},
	databaseStopped: {
		name: 'PostgreSQL stopped for 10 s', act: stopDatabase, struck: felt,
	},
	poolerKilled: {
		name: 'PgBouncer killed, started again', act: killPooler, struck: felt,
	},
	apacheKilled: {
		name: 'Apache killed, started again', act: killApache, struck: felt,
		allowed: ['none', 500],
	},
	apacheChildrenKilled: {
		name: 'Apache\'s children killed', act: killApacheChildren, struck: felt,
		allowed: ['none', 500],
	},
	programsKilled: {
		name: 'programs killed in mid-request', act: killPrograms,
		struck: (figures, context) => figures.bad.length > 0 && context.killed >= 10,
		allowed: [500],
	},
	diskFull: {
		name: 'disk full: no room for tables', act: fillForTables, struck: felt,
		readsGoOn: true,
	},
	logFull: {
		name: 'disk full: no room for the log', act: fillForLog, struck: felt,
	},
	blackHole: {
		name: 'network swallows all for 8 s', act: () => blackHole(8), struck: felt,
	},
	delay: {
		name: 'network adds 300 ms', act: delay, clean: true,
		struck: (_, context) => context.delayed >= workers,
	},
	cutBefore: {
		name: 'connections cut before the commit', act: context => cut(context, 'before'),
		struck: (_, context) => context.cuts >= 10,
	},
	cutAfter: {
		name: 'connections cut after the commit', act: context => cut(context, 'after'),
		struck: (_, context) => context.cuts >= 10,
	},
	databaseExhausted: {
		name: 'all of PostgreSQL\'s connections taken', act: exhaustDatabase, struck: felt,
	},
	poolerExhausted: {
		name: 'all of PgBouncer\'s connections taken', act: exhaustPooler, struck: felt,
	},
	webClock: {
		name: 'the web server\'s clock an hour off', act: moveWebClock,
		struck: (figures, context) => context.moved && !figures.kinds[503],
		// After the move Apache closes kept connections, because they seem to
		// have been idle for an hour.
		allowed: ['none'],
	},
	databaseClock: {
		name: 'the database\'s clock an hour off', act: moveDatabaseClock,
		struck: (_, context) => context.moved, clean: true,
	},
};
