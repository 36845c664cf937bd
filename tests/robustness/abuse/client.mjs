// The requests of the tests themselves: single requests, and a second client that sends
// requests during an attack.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { sleep, slowness } from '../../lib/stack.mjs';

// Sends a request from the address `from` and returns { status, headers, body, ms }.
export function ask(api, from, path, { headers = {}, agent = false, method = 'GET' } = {}) {
	const since = performance.now();
	return new Promise((resolve, fail) => {
		const asked = request({ host: '127.0.0.1', port: api.port, localAddress: from, path, method, agent,
			headers }, async answer => {
			let body = '';
			answer.setEncoding('utf8');
			for await (const part of answer)
				body += part;
			resolve({ status: answer.statusCode, headers: answer.headers, body, ms: performance.now() - since });
		});
		asked.setTimeout(30000 * slowness, () => asked.destroy(new Error('no answer')));
		asked.on('error', fail);
		asked.end();
	});
}

export function bearer(token) {
	return { Authorization: `Bearer ${token}` };
}

// Sends the second client's two requests over new connections: a list and /health.
// Returns the duration of each in ms.
export async function round(api, from = '127.0.0.2') {
	const list = await ask(api, from, '/api/tasks?limit=20', { headers: bearer(api.token) });
	assert.equal(list.status, 200, list.body);
	assert.equal(JSON.parse(list.body).length, 20);
	const health = await ask(api, from, '/health');
	assert.equal(health.status, 200, health.body);
	return [list.ms, health.ms];
}

// Returns the durations of `count` rounds, sorted.
export async function rounds(api, count) {
	const times = [];
	while (times.length < 2 * count) {
		times.push(...await round(api));
		await sleep(20);
	}
	return times.sort((a, b) => a - b);
}

// Starts an attack and waits until it is in progress, or until 8 s (times `slowness`)
// have passed. Returns a function that ends the attack and returns its results.
export async function attack(api, name, from) {
	const token = name === 'slow-reader' ? api.hoarder : name.startsWith('search') ? api.searcher : api.token;
	const child = fork(fileURLToPath(new URL('attacker.mjs', import.meta.url)), [name, api.port, from, token]);
	await Promise.race([once(child, 'message'), sleep(8000 * slowness)]);
	return async () => {
		const told = new Promise(resolve => child.on('message', message => {
			if (message.statuses)
				resolve(message);
		}));
		const ended = once(child, 'exit');
		child.send('stop');
		await ended;
		return told;
	};
}
