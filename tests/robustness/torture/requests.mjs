// The requests: a good and a bad one for each program, and the check of the database
// after writes.
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { origin } from './reply.mjs';

const secret = process.env.API_SECRET;
// The number of tasks for each write: twice the number of allocations in a request, or
// more.
const tasks = 9000;
const exp = Math.floor(Date.now() / 1000) + 36000;

function base64url(value) {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sign(claims, key = secret) {
	const text = `${base64url({ alg: 'HS256' })}.${base64url(claims)}`;
	const mac = createHmac('sha256', key).update(text).digest('base64url');
	return `${text}.${mac}`;
}

export function sql(text) {
	return execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
		'-h', process.env.API_SOCKET, '-p', '5432', '-U', 'postgres', '-d', 'tasks'],
	{ input: text, encoding: 'utf8', maxBuffer: 1 << 26 }).trim();
}

// The id of the n-th task of a user.
function taskOf(user, n) {
	const hex = createHash('md5').update(`${user}/${n}`).digest('hex');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// Creates a user with `count` tasks, titled old-1 and so on.
function sow(user, count) {
	sql(`INSERT INTO users (id) VALUES ('${user}');
		INSERT INTO tasks (user_id, id, title, created_at)
		SELECT '${user}', md5('${user}/' || n)::uuid, 'old-' || n,
			now() - n * interval '1 second' FROM generate_series(0, ${count}) n`);
}

function variables(method, path, user, more) {
	return {
		REQUEST_METHOD: method,
		PATH_INFO: path,
		HTTP_ORIGIN: origin,
		TASKS_LOG_HEADER: '1',
		HTTP_AUTHORIZATION: `Bearer ${sign({ sub: user, email: 'e@x', name: 'N', exp })}`,
		...more,
	};
}

function json(body) {
	return { CONTENT_TYPE: 'application/json', CONTENT_LENGTH: String(body.length) };
}

// Compares the results of all writes with those that were acknowledged.
function compare(rows, acknowledged, right, wrong) {
	const faults = [];
	for (const row of rows.split('\n')) {
		const [n, found] = row.split('|');
		if (acknowledged.has(Number(n)) ? found !== right(n) :
			found !== right(n) && found !== wrong(n))
			faults.push(`${n}: ${found}, ${acknowledged.has(Number(n)) ? 'acknowledged' : 'not acknowledged'}`);
	}
	return faults;
}

// Returns the requests of new users. at(n) is the n-th: [variables, body].
export function requests() {
	const user = `torture-${randomUUID()}`;
	const other = `torture-${randomUUID()}`;
	const reader = `torture-${randomUUID()}`;
	sow(user, tasks);
	sow(other, 1);
	sow(reader, 10);
	const read = (program, status, path, more) => ({
		program, status, at: () => [variables('GET', path, reader, more), ''],
	});
	const write = (program, status, method, path, body, more) => ({
		program, status,
		at: (n) => [variables(method, path(n), user,
			{ ...(body ? json(body(n)) : {}), ...more?.(n) }), body?.(n) ?? ''],
	});
	const task = (n) => `/api/tasks/${taskOf(user, n)}`;
	const titles = (list) => list.length === 0 ? '' : sql(`SELECT substr(title, 5), title
		FROM tasks WHERE id IN (${list.map((n) => `'${taskOf(user, n)}'`)})`);
	const forged = { HTTP_AUTHORIZATION: `Bearer ${sign({ sub: user, exp: 4e9 }, `${secret}x`)}` };

	return {
		good: [
			read('me', 200, '/api/me'),
			read('fallback', 404, '/nothing'),
			read('tasks-list', 200, `/api/${reader}/tasks`,
				{ QUERY_STRING: 'limit=3&sort=title&q=old&due_after=&status=pending' }),
			read('tasks-get', 200, `/api/tasks/${taskOf(reader, 5)}`),
			read('health', 200, '/health'),
			{
				...write('tasks-create', 201, 'POST', () => '/api/tasks',
					(n) => `{"title":"new-${n}","description":"d","due_date":"2026-01-09"}`,
					(n) => ({ HTTP_IDEMPOTENCY_KEY: `${user}-${n}` })),
				after(tried, acknowledged) {
					const found = sql(`SELECT substr(title, 5), count(*) FROM tasks
						WHERE user_id = '${user}' AND title LIKE 'new-%' GROUP BY 1`);
					const there = new Set(found.split('\n').map((row) => Number(row.split('|')[0])));
					return [...compare(found, acknowledged, () => '1', () => '1'),
						...[...acknowledged].filter((n) => !there.has(n))
							.map((n) => `${n} is not there`)];
				},
			},
			{
				...write('tasks-update', 200, 'PATCH', task, (n) => `{"title":"set-${n}"}`),
				after: (tried, acknowledged) => compare(titles(tried), acknowledged,
					(n) => `set-${n}`, (n) => `old-${n}`),
			},
			{
				...write('tasks-complete', 200, 'PUT', (n) => `${task(n + tasks / 3)}/complete`),
				after: (tried, acknowledged) => compare(sql(`SELECT n, status
					FROM unnest(ARRAY[${tried}]::int[]) n JOIN tasks
					ON id = md5('${user}/' || n + ${tasks / 3})::uuid`),
				acknowledged, () => 'completed', () => 'pending'),
			},
			{
				...write('tasks-delete', 204, 'DELETE', (n) => task(n + 2 * tasks / 3)),
				after: (tried, acknowledged) => compare(sql(`SELECT n, count(id)
					FROM unnest(ARRAY[${tried}]::int[]) n LEFT JOIN tasks
					ON id = md5('${user}/' || n + ${2 * tasks / 3})::uuid GROUP BY n`),
				acknowledged, () => '0', () => '1'),
			},
		],
		// The request that a process must serve after a failure, if the good one
		// is not sent again.
		control: write('tasks-delete', 404, 'DELETE', () => `/api/tasks/${randomUUID()}`),
		bad: [
			read('me', 401, '/api/me', forged),
			read('fallback', 405, '/api/tasks', { REQUEST_METHOD: 'BREW' }),
			read('tasks-list', 422, '/api/tasks', { QUERY_STRING: 'limit=0&cursor=AAAA&q=%ff' }),
			read('tasks-get', 403, `/api/tasks/${taskOf(other, 1)}`),
			read('tasks-get', 404, `/api/tasks/${randomUUID()}`),
			read('health', 405, '/health', { REQUEST_METHOD: 'POST' }),
			write('tasks-create', 400, 'POST', () => '/api/tasks', () => '{"title":"x",}'),
			write('tasks-update', 422, 'PATCH', () => task(1), () => '{"title":"","due_date":"x"}'),
			write('tasks-complete', 412, 'PATCH', () => `${task(1)}/complete`, undefined,
				() => ({ HTTP_IF_MATCH: '"1", W/"2"' })),
			write('tasks-delete', 403, 'DELETE', () => `/api/${other}/tasks/${taskOf(user, 1)}`),
		],
	};
}
