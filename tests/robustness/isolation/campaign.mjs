// Sends the requests. Checks every byte of the replies, and the tables afterwards.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { foreign, noteTask, ownerOf, people, sql, used } from './people.mjs';
import { requests, sorts } from './ways.mjs';

const forbidden = '{"detail":"Not authorized to access this resource","code":"forbidden","request_id":""}';

// Sets the program that a server would run for each request, by the table of
// lib/app/route.c.
function dispatch(wanted) {
	const lines = wanted.map(({ method, path }) => `${method} ${path}\n`).join('');
	const route = spawnSync(`${process.env.API_HELPERS}/route`, [], { input: lines, maxBuffer: 1 << 28 });
	const programs = String(route.stdout).split('\n');
	if (route.status !== 0 || programs.length !== wanted.length + 1)
		throw new Error('the programs are not known');
	wanted.forEach((request, n) => { request.program = programs[n]; });
}

function variables({ caller, method, path, query, key, body, variables: more }) {
	return {
		GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: method, PATH_INFO: path,
		QUERY_STRING: query ?? '', HTTP_AUTHORIZATION: `Bearer ${caller.token}`,
		...body === undefined ? {} : { CONTENT_TYPE: 'application/json', CONTENT_LENGTH: String(Buffer.byteLength(JSON.stringify(body))) },
		...key === undefined ? {} : { HTTP_IDEMPOTENCY_KEY: key }, ...more,
	};
}

function parse(bytes) {
	const text = String(bytes);
	const end = text.indexOf('\r\n\r\n');
	const head = end < 0 ? '' : text.slice(0, end + 2);
	const header = name => new RegExp(`^${name}: (.*)\r$`, 'mi').exec(head)?.[1];
	return { text, header, status: Number(header('Status')?.slice(0, 3)), body: text.slice(end + 4) };
}

// Returns what is wrong with the reply, or null.
function complaint({ caller, method, status, rows, total, variables: more }, reply) {
	const cursor = /cursor=([A-Za-z0-9_-]+)/.exec(reply.header('Link') ?? '')?.[1] ?? '';
	const sent = more?.HTTP_X_REQUEST_ID ?? reply.header('X-Request-Id');
	const text = reply.text.replaceAll(sent, '');
	const leak = foreign(caller, text) ?? foreign(caller, String(Buffer.from(cursor, 'base64url')));
	if (leak)
		return `the reply has ${leak}`;
	if (!status.includes(reply.status))
		return `${reply.status} instead of ${status}: ${reply.body.slice(0, 200)}`;
	if (reply.status === 403 && method !== 'HEAD' && reply.body.replaceAll(sent, '').trim() !== forbidden)
		return `a 403 that tells: ${reply.body}`;
	if (reply.status !== 200 || method === 'HEAD' || reply.header('Preference-Applied'))
		return null;
	const value = JSON.parse(reply.body);
	for (const task of [value].flat())
		if ('user_id' in task && task.user_id !== caller.id)
			return `the reply is a task of ${task.user_id}`;
	if (rows !== undefined && value.length !== rows)
		return `${value.length} tasks instead of ${rows}`;
	if (rows !== undefined && reply.header('X-Total-Count') !== total)
		return `X-Total-Count ${reply.header('X-Total-Count')} instead of ${total}`;
	return null;
}

// Returns a number from 0 to count - 1. The sequence is the same in each run.
let state = 1;
function random(count) {
	state = Math.imul(state, 1664525) + 1013904223 >>> 0;
	return Math.floor(state / 2 ** 32 * count);
}

export class Campaign {
	sent = 0;
	deleted = new Set();

	// Of `oneOf` requests one is sent; `salt` selects which.
	constructor(transport, oneOf, salt) {
		Object.assign(this, { transport, oneOf, salt });
	}

	async ask(request, lane = 0) {
		const body = request.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(request.body));
		for (;;) {
			this.sent++;
			const reply = parse(await this.transport.ask(request.program, variables(request), body, lane));
			if (reply.status !== 429)
				return reply;
			// Another search of the caller is running, so repeat the request.
			await sleep(5);
		}
	}

	async send(request, lane) {
		const { caller, other, method, path, query, way } = request;
		const reply = await this.ask(request, lane);
		const made = reply.status === 201 ? reply.header('Location')?.slice(-36) : undefined;
		const wrong = complaint(request, reply) ?? (reply.status === 201 && !made ? 'no Location' : null);
		if (wrong)
			return `${caller.id} (${way} of ${other.id}): ${method} ${path}?${query ?? ''}: ${wrong}`;
		if (made)
			noteTask(caller, made);
		if (method === 'DELETE' && reply.status === 204)
			this.deleted.add(path.match(/[0-9a-f-]{36}/)[0]);
		return null;
	}

	// Sends the requests of a group in random order. Returns the complaints about
	// each caller's replies.
	async run(group, callers = people) {
		const complaints = new Map(callers.map(caller => [caller, []]));
		const wanted = callers.flatMap(caller => [...requests(group, caller, this.oneOf, this.salt)]);
		if (group !== 'creates') // their order matters
			for (let i = wanted.length - 1; i > 0; i--) {
				const j = random(i + 1);
				[wanted[i], wanted[j]] = [wanted[j], wanted[i]];
			}
		dispatch(wanted);
		const queue = wanted.values();
		const lanes = group === 'creates' ? 1 : this.transport.lanes;
		await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
			for (const request of queue) {
				const wrong = await this.send(request, lane);
				if (wrong)
					complaints.get(request.caller).push(wrong);
			}
		}));
		return complaints;
	}

	// Collects the cursors, links and entity tags that each user gets for its own
	// tasks.
	async collect() {
		const wanted = people.flatMap(caller => {
			const bases = ['/api/tasks', '/api/v1/tasks', ...caller.id.includes('/') ? [] : [`/api/${caller.id}/tasks`]];
			Object.assign(caller, { cursors: [], links: [] });
			return [{ caller, method: 'GET', path: '/api/tasks' }, ...sorts.map((sort, n) => ({ caller, method: 'GET',
				path: bases[n % bases.length], query: `sort=${sort}&order=${n % 4 > 1 ? 'asc' : 'desc'}&limit=1` }))];
		});
		dispatch(wanted);
		for (const request of wanted) {
			const { caller, path, query } = request;
			const reply = await this.ask(request);
			const link = /<[^?]*\?(.*cursor=(.*))>/.exec(reply.header('Link') ?? '');
			if (query === undefined) {
				caller.tag = reply.header('ETag');
			} else if (caller.tasks.length > 0) {
				if (link === null)
					throw new Error(`no second page: ${reply.text}`);
				caller.cursors.push({ query: query.replace('&limit=1', ''), cursor: link[2] });
				caller.links.push({ path, query: link[1], user: path.includes(caller.id) ? caller : undefined });
			}
		}
	}
}

// --- The tables ---------------------------------------------------------------

const tables = { tasks: 'id', users: 'id', idempotency_keys: 'user_id, key' };

// Runs the statements and then returns all rows as JSON, by table and key.
export function snapshot(statements = '') {
	const rows = Object.fromEntries(Object.keys(tables).map(name => [name, new Map()]));
	const lines = sql(statements + Object.entries(tables).map(([name, key]) =>
		`SELECT '${name} ' || json_build_array(${key}) || E'\\t' || row_to_json(t) FROM ${name} AS t;`).join(''));
	for (const line of lines) {
		const [key, row] = line.split('\t');
		rows[key.slice(0, key.indexOf(' '))].set(key, row);
	}
	return rows;
}

const owner = line => people.find(({ id }) => id === (JSON.parse(line).user_id ?? JSON.parse(line).id));

// Returns the rows of one table that differ without permission (mayDiffer), and the
// permitted ones that contain another user's data.
function differences(before, after, mayDiffer) {
	const wrong = [];
	for (const key of new Set([...before.keys(), ...after.keys()])) {
		const [was, is] = [before.get(key), after.get(key)];
		const user = owner(is ?? was);
		if (was !== is && !(user && mayDiffer(key, user, was, is)))
			wrong.push(`was ${was}, is ${is}`);
		else if (is !== was && is !== undefined && foreign(user, is))
			wrong.push(`${is} has ${foreign(user, is)}`);
	}
	return wrong;
}

// Only the caller's rows may differ: new keys, and expired keys that its create removed.
export const keyDifferences = (before, after, caller) =>
	differences(before.idempotency_keys, after.idempotency_keys, (_, user) => user === caller);

// Compares all tables at the end of the campaign.
export function allDifferences(before, after, deleted) {
	const changed = new Set(people.flatMap(user => used(user, 'changed').map(({ id }) => id)));
	return [
		...differences(before.tasks, after.tasks, (_, user, was, is) => {
			const { id } = JSON.parse(is ?? was);
			return is === undefined ? deleted.has(id) : was === undefined ? ownerOf(id) === user : changed.has(id);
		}),
		...differences(before.users, after.users, (_, user, was) => was === undefined && user.tasks.length === 0),
		...differences(before.idempotency_keys, after.idempotency_keys, (_, user) => user !== undefined),
	];
}

// Gives each user an expired key. The next create with a key by its owner removes it.
export const expiredKeys = people.filter(user => user.tasks.length > 0).map(({ id, index, mark }) => `
	INSERT INTO idempotency_keys (user_id, key, digest, task_id, answer, etag, created_at)
	VALUES ($id$${id}$id$, 'old-${index}', 'digest', gen_random_uuid(), 'answer ${mark}', 'etag', now() - interval '25 hours')
	ON CONFLICT (user_id, key) DO UPDATE SET created_at = excluded.created_at, answer = excluded.answer;`).join('');
