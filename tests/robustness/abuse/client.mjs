// What the tests ask for themselves: one request, and a second client that goes
// on asking while something else happens.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { sleep, slowness } from '../../lib/stack.mjs';

// { status, headers, body, ms } of a request that comes from that address.
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

// One round of the second client's, over new connections: its list and the
// health.  How long each took.
export async function round(api, from = '127.0.0.2') {
	const list = await ask(api, from, '/api/tasks?limit=20', { headers: bearer(api.token) });
	assert.equal(list.status, 200, list.body);
	assert.equal(JSON.parse(list.body).length, 20);
	const health = await ask(api, from, '/health');
	assert.equal(health.status, 200, health.body);
	return [list.ms, health.ms];
}

// So many rounds: the times, sorted.
export async function rounds(api, count) {
	const times = [];
	while (times.length < 2 * count) {
		times.push(...await round(api));
		await sleep(20);
	}
	return times.sort((a, b) => a - b);
}

// Begin the attack and wait until it is in force, or has had the time for it.  Call
// the result to end it and hear what came of it.
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
