// Runs all faults in all setups and compares the database with the record of writes after
// each.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { finish, note, part, test } from '../../lib/tap.mjs';
import { Client } from './client.mjs';
import { faults } from './faults.mjs';
import { Load, pace } from './load.mjs';
import { startRelay } from './relay.mjs';
import { Table } from './table.mjs';
import { Truth } from './truth.mjs';
import * as world from './world.mjs';

const truth = new Truth();
const survived = new Table();

const plan = [
	['apache', 'network', ['databaseKilled', 'backendKilled', 'databaseStopped', 'poolerKilled',
		'apacheKilled', 'apacheChildrenKilled', 'programsKilled', 'diskFull', 'logFull',
		'blackHole', 'databaseExhausted', 'poolerExhausted']],
	['apache', 'relay', ['delay', 'cutBefore', 'cutAfter']],
	['fcgi', 'network', ['programsKilled', 'apacheChildrenKilled']],
	['nginx', 'relay', ['databaseKilled', 'poolerKilled', 'programsKilled', 'cutBefore',
		'cutAfter']],
	['direct', 'network', ['databaseKilled', 'programsKilled', 'blackHole', 'databaseExhausted']],
	['direct', 'relay', ['cutBefore', 'cutAfter']],
	['clocks', 'network', ['webClock', 'databaseClock']],
];

// Compares the record with the lists of the API and with all rows of the database.
async function compare(users) {
	const client = new Client(world.port);
	const rows = JSON.parse(await world.sql(
		`SELECT coalesce(json_agg(t), '[]') FROM public.tasks AS t`));
	await truth.compare(client, users, rows);
	client.close();
	return rows.length;
}

const list = kinds => Object.entries(kinds).sort()
	.map(([kind, count]) => `${count} x ${kind === 'none' ? 'broken' : kind}`).join(', ');
const seconds = ms => `${(ms / 1000).toFixed(1)} s`;

async function endure(fault, setting) {
	truth.faults = [];
	const { allowed = [], act, struck, readsGoOn, clean } = fault;
	const load = new Load({
		port: world.port, users: setting.users, usual: setting.usual, truth,
		allowed: [503, ...allowed],
	});
	const context = { ...setting, load };
	let returned;
	try {
		await load.more(24);
		returned = await act(context);
		await load.recover(returned);
	} finally {
		await load.stop();
	}
	const figures = load.figures(returned);
	const tasks = await compare(setting.users);
	const text = `${figures.requests} requests, ${figures.writes} writes acknowledged, ` +
		`${list(figures.kinds)}; outage ${seconds(figures.outage)}, ` +
		`slowest ${seconds(figures.slowest)}, back after ${seconds(figures.back)}; ${tasks} tasks`;
	assert.deepEqual(truth.faults.slice(0, 5), [], text);
	assert.ok(figures.back <= load.backWithin, `not back in time: ${text}`);
	assert.ok(figures.writes >= 12, `hardly anything was written: ${text}`);
	assert.ok(struck(figures, context), `it was not felt: ${text}`);
	assert.ok(!readsGoOn || figures.bad.every(one => one.write), `reads failed: ${text}`);
	assert.ok(!clean || figures.bad.length === 0, `requests failed: ${text}`);
	survived.add(fault.name, figures);
	return text;
}

async function main(chosen) {
	await world.makeDatabase();
	await mkdir(`${process.env.RUN}/relay`);
	const relay = await startRelay(world.relaySocket, world.postgresSocket);
	for (const [name, way, names] of plan) {
		const setup = world.setups[name];
		if (chosen.length > 0 && !chosen.includes(name))
			continue;
		await part(`${setup.name}, ${way}`, async () => {
			if (name === 'clocks')
				await world.makeClocks();
			await world.startServers(setup, way);
			const users = world.makeUsers(6);
			const usual = await pace(world.port, users);
			note(`a list takes ${usual.toFixed(1)} ms`);
			for (const fault of names)
				await test(`${setup.name}: ${faults[fault].name}`, () =>
					endure(faults[fault], { setup, way, relay, users, usual }));
		});
	}
}

await main(process.argv.slice(2));
await writeFile('build/faults/table.md', survived.markdown());
process.exit(finish() ? 0 : 1);
