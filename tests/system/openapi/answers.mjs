// Send every example of the description to a running server, and cause every status
// in it.  Check that every answer is as described.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { command, freePorts, secret, startApi, startDatabase, until } from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';
import { checkAnswer, checkRequestBody, operations } from './description.mjs';

const folder = `${process.env.RUN}/api`;
const seen = new Map(operations.map(({ id }) => [id, new Set()]));
let api;
let sent = 0;

// --- Tokens -------------------------------------------------------------------

function token(claims) {
	const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
	const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
	return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const now = Math.floor(Date.now() / 1000);
const alice = token({ sub: 'alice', name: 'Alice', exp: now + 3600 });
const bob = token({ sub: 'bob', email: 'bob@example.com', exp: now + 3600 });

// --- Requests -----------------------------------------------------------------

const isTask = operation => operation.path.includes('{id}');
const isList = operation => operation.path.endsWith('/tasks') && operation.method !== 'POST';
const isOfUser = operation => operation.path.includes('{user_id}');
const unknown = '00000000-0000-4000-8000-000000000000';

// Send a request of the operation and check the answer.  What: { id, user, query,
// headers, body, text (a body that is not JSON), method, token (null: none) }.
async function send(operation, what = {}) {
	const path = operation.path.replace('{user_id}', what.user ?? 'alice')
		.replace('{id}', what.id ?? unknown);
	const headers = { ...what.headers };
	const body = what.text ?? (what.body === undefined ? undefined : JSON.stringify(what.body));
	if (body !== undefined)
		headers['Content-Type'] ??= 'application/json';
	if (!operation.open && what.token !== null)
		headers.Authorization = `Bearer ${what.token ?? alice}`;
	const method = what.method ?? operation.method;
	const query = what.query === undefined ? '' : `?${new URLSearchParams(what.query)}`;
	const response = await fetch(api.url + path + query, { method, headers, body });
	const answer = { method, status: response.status, headers: response.headers,
		body: await response.text() };
	sent++;
	try {
		seen.get(operation.id).add(checkAnswer(operation, answer));
	} catch (error) {
		error.message = `${method} ${path}${query}: ${answer.status} ${answer.body.slice(0, 300)}\n${error.message}`;
		throw error;
	}
	return answer;
}

async function mustBe(status, operation, what) {
	let answer = await send(operation, what);
	// The server limits the rate of these requests, too.
	while (answer.status === 429 && status !== 429) {
		await setTimeout(1000 * answer.headers.get('retry-after'));
		answer = await send(operation, what);
	}
	assert.equal(answer.status, status, `${answer.status} instead of ${status}: ${operation.id} ` +
		`${JSON.stringify(what)?.slice(0, 300)}: ${answer.body.slice(0, 300)}`);
	return answer;
}

const byId = id => operations.find(operation => operation.id === id);
const newTask = async (title = 'A task') =>
	JSON.parse((await mustBe(201, byId('createTask'), { body: { title } })).body).id;

// Return the id and the body with which the operation succeeds.
async function good(operation) {
	const id = isTask(operation) ? await newTask() : undefined;
	const body = Object.values(operation.body?.content['application/json'].examples ?? {})[0]?.value;
	return { id, body };
}

const success = operation => Number(Object.keys(operation.responses)[0]);

// --- Examples -----------------------------------------------------------------

async function testBodies() {
	for (const operation of operations.filter(({ body }) => body))
		await test(`examples: bodies of ${operation.id}`, async () => {
			for (const { value } of Object.values(operation.body.content['application/json'].examples)) {
				checkRequestBody(operation, value);
				await mustBe(success(operation), operation,
					{ ...await good(operation), body: value });
			}
		});
}

// The status that the example of a parameter causes, if not success.
const otherwise = { 'If-Match': 412 };

async function testParameters() {
	for (const operation of operations)
		await test(`examples: parameters of ${operation.id}`, async () => {
			await mustBe(success(operation), operation, await good(operation));
			for (const { in: where, name, schema } of operation.parameters)
				for (const value of schema.examples ?? []) {
					const what = await good(operation);
					if (where === 'query')
						what.query = { ...name === 'page' && { limit: 20 }, [name]: String(value) };
					if (where === 'header')
						what.headers = { [name]: value };
					if (where !== 'path')
						await mustBe(otherwise[name] ?? success(operation), operation, what);
				}
		});
}

// Headers of the connection and the clock.  HEAD may omit those of the body's length
// (RFC 9110, 9.3.2).
const varying = ['connection', 'keep-alive', 'date', 'content-length', 'transfer-encoding'];

async function testHead() {
	for (const head of operations.filter(({ method }) => method === 'HEAD'))
		await test(`answers: ${head.id} has the status and headers of GET, and no body`, async () => {
			const get = byId(head.id.replace('HEAD ', ''));
			const headers = { 'X-Request-Id': 'same' };
			const what = { ...await good(get), headers };
			const cases = [[success(get), what], ...get.responses[401] ? [[401, { headers, token: null }]] : []];
			for (const [status, each] of cases) {
				const [full, empty] = [await mustBe(status, get, each), await mustBe(status, head, each)];
				const names = [...full.headers.keys()].filter(name => !varying.includes(name));
				assert.ok(names.includes('vary'), `${names}`);
				assert.notEqual(full.body, '');
				assert.equal(empty.body, '');
				assert.deepEqual([...empty.headers].filter(([name]) => !varying.includes(name)),
					names.map(name => [name, full.headers.get(name)]));
			}
		});
}

async function testMore() {
	for (const operation of operations.filter(isList))
		await test(`answers: ${operation.id} page by page`, async () => {
			const query = { limit: '2', sort: 'title' };
			let pages = 0;
			for (let link = ''; link !== null && pages < 3; pages++) {
				const answer = await mustBe(200, operation, { query });
				assert.match(answer.headers.get('x-total-count'), /^[1-9]/);
				link = answer.headers.get('link');
				query.cursor = new URL(link.match(/<(.*)>/)[1], api.url).searchParams.get('cursor');
			}
			assert.equal(pages, 3);
		});
	await testHead();
	await test('answers: one key, one task', async () => {
		for (const operation of operations.filter(({ method }) => method === 'POST')) {
			const headers = { 'Idempotency-Key': `one-${operation.id}` };
			const what = { headers, body: { title: 'Once' } };
			const first = await mustBe(201, operation, what);
			assert.equal((await mustBe(201, operation, what)).body, first.body);
			await mustBe(422, operation, { headers, body: { title: 'Twice' } });
		}
	});
	await test('answers: the edit that comes second gets 412', async () => {
		for (const operation of operations.filter(({ id }) => /^updateTask/.test(id))) {
			const id = await newTask();
			const etag = (await mustBe(200, byId('getTask'), { id })).headers.get('etag');
			const what = { id, headers: { 'If-Match': etag } };
			await mustBe(200, operation, { ...what, body: { title: 'First' } });
			await mustBe(412, operation, { ...what, body: { title: 'Second' } });
			assert.equal(JSON.parse((await mustBe(200, byId('getTask'), { id })).body).title, 'First');
		}
	});
}

// --- Statuses -----------------------------------------------------------------

async function stopDatabase() {
	const { code, output } = await command(['tools/dev/postgres', 'stop'], { RUN: folder });
	assert.equal(code, 0, output);
}

// The requests that cause each status, one for each cause.
const provoke = {
	304: async (operation, what) => {
		const etag = (await mustBe(success(operation), operation, what)).headers.get('etag');
		return [{ ...what, headers: { 'If-None-Match': etag } }];
	},
	400: (operation, what) => [
		...operation.body ? [{ ...what, text: '{"title": ' }] : [],
		...isTask(operation) ? ['If-Match', 'If-None-Match']
			.map(name => ({ ...what, headers: { [name]: 'no quotes' } })) : [],
	],
	401: (operation, what) => [
		{ ...what, token: null },
		{ ...what, token: token({ sub: 'alice', exp: now - 3600 }) },
		{ ...what, token: `${alice}x` },
	],
	403: (operation, what) => [
		...isOfUser(operation) ? [{ ...what, user: 'bob' }] : [],
		...isTask(operation) ? [{ ...what, token: bob, user: 'bob' }] : [],
	],
	404: (operation, what) => [{ ...what, id: unknown }],
	412: (operation, what) => [
		{ ...what, headers: { 'If-Match': '"0"' } },
		{ ...what, headers: { 'If-None-Match': '*' } },
	],
	413: (operation, what) => [{ ...what, text: JSON.stringify({ title: 'x'.repeat(70000) }) }],
	415: (operation, what) => [{ ...what, headers: { 'Content-Type': 'text/plain' }, text: '{}' }],
	422: (operation, what) => [
		...isTask(operation) ? [{ ...what, id: '7' }] : [],
		...isList(operation) ? [{ query: { limit: '0', status: 'done', cursor: 'x' } }] : [],
		...operation.body ? [{ ...what, body: [] }, { ...what, body: { title: ' ', completed: 1 } }] : [],
	],
	default: (operation, what) => [{ ...what, method: 'PURGE' }],
};

async function testProvoked() {
	for (const operation of operations)
		await test(`statuses: ${operation.id}`, async () => {
			const what = await good(operation);
			for (const status of Object.keys(operation.responses)) {
				if (provoke[status] === undefined)
					continue;
				const requests = await provoke[status](operation, what);
				assert.ok(requests.length > 0, `${operation.id}: nothing leads to ${status}`);
				for (const request of requests)
					await mustBe(status === 'default' ? 405 : Number(status), operation, request);
			}
		});
	await test('statuses: 405 names the methods', async () => {
		for (const path of new Set(operations.map(each => each.path))) {
			const here = operations.filter(each => each.path === path);
			const { headers } = await mustBe(405, here[0], { method: 'PURGE' });
			assert.deepEqual(headers.get('allow').split(', ').sort(),
				[...here.map(({ method }) => method), 'OPTIONS'].sort());
		}
	});
	await test("statuses: the web server's own refusals", async () => {
		await mustBe(404, { ...byId('listTasks'), path: '/api/nothing' });
		await mustBe(404, { ...byId('docs'), path: '/docs/nothing' });
		await mustBe(414, byId('listTasks'), { query: { search: 'x'.repeat(9000) } });
		await mustBe(413, byId('createTask'), { text: `"${'x'.repeat(2 << 20)}"` });
	});
}

// Request a small file, which is cheap for the server, and return the status.
async function askForFile() {
	const answer = await fetch(`${api.url}/docs/docs.css`);
	await answer.arrayBuffer();
	return answer.status;
}

// Send requests until the server refuses one.  Six clients send at the same time,
// because one client on a slow machine does not reach the limit per ten seconds.  More
// clients would reach the limit of concurrent requests.
async function askTooOften() {
	let served = 0;
	let refused = false;
	const ask = async () => {
		while (!refused && served < 20_000) {
			served++;
			refused ||= await askForFile() === 429;
		}
	};
	await Promise.all(Array.from({ length: 6 }, ask));
	assert.ok(refused, `all of ${served} requests were served`);
}

async function testRefusals() {
	await test('statuses: 429 to a client that asks too often', async () => {
		for (const operation of operations.filter(({ responses }) => responses[429])) {
			await askTooOften();
			await mustBe(429, operation);
		}
		await until(15, 'served again', async () => await askForFile() === 200, 500);
	}, 120);
}

// Run body while the settings have this additional line.
async function withSetting(line, body) {
	const env = await readFile(`${folder}/env`, 'utf8');
	await writeFile(`${folder}/env`, `${env}${line}\n`);
	try {
		await body();
	} finally {
		await writeFile(`${folder}/env`, env);
	}
}

async function testServerFaults() {
	// Every reply needs this setting, including that of /health/live.
	await test('statuses: 500 with a setting that is wrong', () =>
		withSetting('TASKS_LOG_FORMAT=never', async () => {
			for (const operation of operations.filter(({ responses }) => responses[500]))
				await mustBe(500, operation);
		}));
	await test('statuses: 503 without a database', async () => {
		await stopDatabase();
		// A pooler lets each request wait until its timeout expires.
		await withSetting('TASKS_DB_TIMEOUT_MS=700', async () => {
			for (const operation of operations)
				if (operation.responses[503])
					await mustBe(503, operation, { body: operation.body && { title: 'Nowhere' } });
		});
		await mustBe(200, byId('healthLive'));
		await mustBe(200, byId('me'));
	}, 120);
	await test('statuses: each that is described has been seen', () => {
		for (const { id, responses } of operations)
			assert.deepEqual([...seen.get(id)].sort(), Object.keys(responses).sort(), id);
		note(`${sent} answers, ${operations.length} operations`);
	});
}

export async function answers() {
	const [port] = await freePorts(1);
	await startDatabase('api');
	api = await startApi('api', port,
		{ BETTER_AUTH_SECRET: secret, SERVER: process.env.SERVER });
	await until(10, 'health', async () => (await fetch(`${api.url}/health`)).ok);
	await testBodies();
	await testParameters();
	await testMore();
	await testProvoked();
	await testRefusals();
	await testServerFaults();
}
