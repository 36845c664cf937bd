// Makes the requests: every route by every path style, of every user, with every way to
// refer to another user's data. Each request has its caller and its expected result.
import { people, used } from './people.mjs';

const nobodys = '00000000-0000-4000-8000-000000000000';
const FORBIDDEN = [403];
const reads = ['GET', 'HEAD'];
const writes = ['PATCH', 'PUT'];

// --- Paths --------------------------------------------------------------------

// The paths /api/tasks, /api/v1/tasks and those with the caller's and the other user's
// id, each with and without a final slash.
function bases(caller, other) {
	const all = [{ path: '/api/tasks' }, { path: '/api/v1/tasks' }, { path: `/api/${caller.id}/tasks`, user: caller }];
	if (other !== caller)
		all.push({ path: `/api/${other.id}/tasks`, user: other });
	return all.flatMap((base, n) => [{ ...base, number: 2 * n }, { ...base, number: 2 * n + 1, slash: '/' }]);
}

// An id with a slash cannot be used in a path: the path is another route, or none.
const at = (base, caller, wanted) => base.user?.id.includes('/') ? [403, 404, 405]
	: base.user && base.user !== caller ? FORBIDDEN : [].concat(wanted);

// --- Names --------------------------------------------------------------------

// Sources from which a server, a proxy or a framework might take the user's name.
const named = (headers, { id, mark }) => Object.fromEntries(headers.map(header =>
	[header, header === 'HTTP_COOKIE' ? `user_id=${id}; better-auth.session_token=${mark}` : id]));

function identities(other, task) {
	const query = new URLSearchParams([
		...['user_id', 'user', 'userId', 'owner', 'sub', 'uid', 'as', 'app.user_id', 'tenant'].map(name => [name, other.id]),
		...['id', 'task_id'].map(name => [name, task?.id ?? nobodys])]);
	return [
		{ way: 'nothing more' },
		{ way: 'headers', variables: named(['HTTP_X_USER_ID', 'HTTP_X_USER', 'HTTP_X_FORWARDED_USER', 'HTTP_X_REMOTE_USER',
			'HTTP_REMOTE_USER', 'HTTP_X_AUTHENTICATED_USER', 'HTTP_X_AUTH_REQUEST_USER', 'HTTP_X_TENANT_ID', 'HTTP_FROM',
			'HTTP_COOKIE', 'HTTP_X_API_KEY', 'HTTP_APP_USER_ID', 'HTTP_USER_ID', 'HTTP_X_SUB'], other) },
		{ way: 'variables', variables: { ...named(['REMOTE_USER', 'REMOTE_IDENT', 'REDIRECT_REMOTE_USER', 'AUTH_USER', 'USER',
			'LOGNAME', 'APP_USER_ID', 'app.user_id', 'USER_ID'], other), AUTH_TYPE: 'Basic',
			PGOPTIONS: `-c app.user_id=${other.id.replace(/[\\ ]/g, '\\$&')}` } },
		{ way: 'query', query: String(query) },
		{ way: 'another path', variables: { HTTP_X_ORIGINAL_URL: `/api/${other.id}/tasks`, HTTP_X_REWRITE_URL: `/api/${other.id}/tasks`,
			HTTP_X_HTTP_METHOD_OVERRIDE: 'DELETE', HTTP_FORWARDED: `for="${other.mark}"`, SCRIPT_NAME: `/api/${other.id}`,
			REDIRECT_STATUS: '200', REDIRECT_URL: `/api/${other.id}/tasks`, REQUEST_URI: `/api/${other.id}/tasks`,
			PATH_TRANSLATED: `/api/${other.id}/tasks` } },
		{ way: 'request id', variables: { HTTP_X_REQUEST_ID: task?.id ?? nobodys } },
		{ way: 'minimal reply', variables: { HTTP_PREFER: 'return=minimal' } },
	];
}

const conditions = task => task === undefined ? [] : [
	{ way: 'its If-Match', variables: { HTTP_IF_MATCH: `"${task.etag}"` } },
	{ way: 'any If-Match', variables: { HTTP_IF_MATCH: '*' } },
	{ way: 'its If-None-Match', variables: { HTTP_IF_NONE_MATCH: `"${task.etag}"` } },
	{ way: 'any If-None-Match', variables: { HTTP_IF_NONE_MATCH: '*' } },
];

const upper = id => id.toUpperCase();
const mixed = id => id.replace(/[a-f]/g, (digit, at) => at % 2 ? digit.toUpperCase() : digit);
const unfit = [id => `{${id}}`, id => id.replaceAll('-', ''), id => `urn:uuid:${id}`, id => ` ${id}`, id => `${id} `,
	id => `${id}%`, id => `${id}.json`, id => `${id},${nobodys}`, id => `${id}'--`, id => id.slice(0, 35)];

// --- What is asked ------------------------------------------------------------

const has = text => task => `${task.title}\n${task.description ?? ''}`.toLowerCase().includes(text.toLowerCase());
const due = (from, to) => task => task.due_date !== null && task.due_date >= from && task.due_date <= to;
const open = task => task.status !== 'completed';

export const sorts = ['created_at', 'updated_at', 'due_date', 'priority', 'title', 'status'];

// The parameters of a list, with the condition that the tasks in the list fulfil.
function questions(other) {
	const year = String(other.year);
	const texts = [other.mark, other.id, `${other.mark}%`, '%', '_', "' OR ''='", 'words of', 'kept 1 '];
	const asked = [
		['', () => true], ['status=pending', task => task.status === 'pending'], ['status_filter=active', open],
		['completed=true', task => !open(task)], ['is_completed=false', open], ['priority=high', task => task.priority === 'high'],
		[`due_after=${year}-01-01&due_before=${year}-12-31`, due(`${year}-01-01`, `${year}-12-32`)],
		[`date_from=${year}-04-03`, due(`${year}-04-03`, '9')], [`due_date_to=${year}-04-20`, due('', `${year}-04-20T00:00:00.000000Z`)],
		['has_due_date=true', task => task.due_date !== null], ['has_due_date=false', task => task.due_date === null],
		['overdue=true', task => open(task) && task.due_date !== null],
		...texts.map((text, n) => [`${n % 2 ? 'q' : 'search'}=${encodeURIComponent(text)}`, has(text)]),
	].map(([query, keeps], n) => ({ query, keeps, counted: false, limit: 1000, offset: 0, n }));
	for (const [n, sort] of sorts.entries())
		for (const order of ['asc', 'desc'])
			asked.push({ query: `sort=${sort}&order=${order}&limit=3&offset=${n}`, keeps: () => true, counted: true, limit: 3, offset: n });
	for (const question of asked.slice(0, 20)) // the same with a limit, which adds X-Total-Count
		asked.push({ ...question, query: `${question.query}&limit=2`, counted: true, limit: 2 });
	return [...asked, { query: 'limit=5&offset=1000000', keeps: () => true, counted: true, limit: 5, offset: 1000000 },
		{ query: 'page=2&page_size=4', keeps: () => true, counted: true, limit: 4, offset: 4 }];
}

function listed(caller, { keeps, counted, limit, offset }) {
	const total = caller.tasks.filter(keeps).length;
	return { rows: Math.max(0, Math.min(limit, total - offset)), total: counted ? String(total) : undefined };
}

function* lists(caller, other) {
	for (const base of bases(caller, other)) {
		const ask = (more, wanted = 200) => ({ base, path: base.path + (base.slash ?? ''), method: 'GET', status: at(base, caller, wanted), ...more });
		if (!base.slash)
			for (const question of questions(other))
				yield ask({ way: 'parameters', query: question.query, ...listed(caller, question) });
		for (const method of reads)
			for (const way of identities(other, other.tasks[0]))
				yield ask({ ...way, method, rows: caller.tasks.length });
		for (const { query, cursor } of other.cursors)
			yield ask({ way: 'cursor', query: `${query}&limit=2&cursor=${cursor}` }, other === caller ? 200 : 422);
		yield ask({ way: 'entity tag', variables: { HTTP_IF_NONE_MATCH: other.tag } }, other === caller ? 304 : 200);
	}
	for (const { path, query, user } of other.links) // the link unchanged
		yield { way: 'link', method: 'GET', path, query, status: at({ user }, caller, other === caller ? 200 : 422) };
	for (const path of ['/api/me', '/api/v1/auth/me', '/health', '/health/live'])
		for (const way of identities(other, other.tasks[0]))
			yield { ...way, path, method: 'GET', status: [200] };
}

// Requests for one task: the other user's, and the caller's own with the other user's
// identity. `own` is the status for the caller's own task.
function* targets(caller, other, use, own) {
	const task = used(other, use)[0];
	const mine = used(caller, use)[0];
	for (const base of bases(caller, other)) {
		const path = `${base.path}/`;
		const end = base.slash ?? '';
		const foreign = other !== caller;
		for (const way of [...identities(other, task), ...foreign ? conditions(task) : []]) {
			yield { ...way, base, path: `${path}${task?.id ?? nobodys}`, end, status: at(base, caller, task ? foreign ? 403 : own : 404) };
			if (foreign && mine && !way.way.includes('If-'))
				yield { ...way, way: `own with ${way.way}`, base, path: path + mine.id, end, own: true, status: at(base, caller, own) };
		}
		for (const spell of [upper, mixed])
			yield { way: 'spelling', base, path: path + spell(task?.id ?? nobodys), end, status: at(base, caller, task ? foreign ? 403 : own : 404) };
		for (const spell of unfit)
			yield { way: 'no id', base, path: path + spell(task?.id ?? nobodys), end, status: at(base, caller, 422) };
	}
}

function* gets(caller, other) {
	let n = 0;
	for (const target of targets(caller, other, 'kept', 200))
		yield { ...target, method: reads[n++ % 3 >> 1], path: target.path + target.end };
	const task = used(other, 'kept')[0]?.id ?? nobodys;
	for (const base of bases(caller, other))
		for (const [path, method] of [['', 'DELETE'], ['', 'PUT'], [`/${task}`, 'POST'], [`/${task}`, 'TRACE'], [`/${task}`, 'get'],
			[`/${task}/complete`, 'GET'], [`/${task}/complete`, 'POST'], [`/${task}/complete`, 'DELETE']])
			yield { way: 'method', base, method, path: base.path + path + (base.slash ?? ''), status: base.user?.id.includes('/') ? [403, 404, 405] : [405] };
}

// Members of a body that might name the owner of the task.
const members = ({ id }, task) => ({ user_id: id, userId: id, owner: id, sub: id, id: task?.id ?? nobodys });

function* updates(caller, other) {
	const title = `by ${caller.mark}`;
	const bodies = [{ title }, { status: 'completed' }, {}, { user_id: caller.id }, members(other, other.tasks[0]),
		{ title, ...members(other, other.tasks[0]) }, { ...members(other, other.tasks[0]), due_date: null }];
	let n = 0;
	for (const target of targets(caller, other, 'changed', 200))
		for (const body of target.way === 'nothing more' ? bodies : [bodies[n % bodies.length]])
			yield { ...target, method: writes[n++ % 2], body, path: target.path + target.end };
}

function* completes(caller, other) {
	let n = 0;
	for (const target of targets(caller, other, 'changed', 200))
		for (const body of target.way === 'nothing more' ? [undefined, { completed: true }, { complete: false }]
			: [{ completed: n % 3 > 0, ...members(other, other.tasks[0]) }])
			yield { ...target, method: writes[n++ % 2], body, path: `${target.path}/complete${target.end}` };
}

function* deletes(caller, other) {
	if (other !== caller) {
		for (const target of targets(caller, other, 'kept', 204))
			if (!target.own)
				yield { ...target, method: 'DELETE', path: target.path + target.end };
		return;
	}
	const doomed = used(caller, 'doomed');
	for (const base of bases(caller, caller)) // the positive control: one task for each path
		if (!base.user?.id.includes('/') && doomed.length > 0)
			yield { way: 'own', method: 'DELETE', path: `${base.path}/${doomed.pop().id}${base.slash ?? ''}`, status: [204] };
}

const shared = { title: 'the same by everybody' };

function* creates(caller, other) {
	const title = `new of ${caller.mark}`;
	for (const base of bases(caller, other)) {
		const ask = more => ({ base, method: 'POST', path: base.path + (base.slash ?? ''), status: at(base, caller, 201), ...more });
		for (const body of [{ title }, { title, ...members(other, other.tasks[0]) }])
			for (const way of identities(other, other.tasks[0]))
				yield ask({ ...way, body });
		// The same key and the same body as the other user.
		yield ask({ way: 'key', body: shared, key: 'shared' });
		yield ask({ way: 'key of another body', body: { title: `not ${title}` }, key: 'shared', status: at(base, caller, 422) });
		yield ask({ way: 'key for the other', body: { title, ...members(other) }, key: `to-${other.index}` });
		yield ask({ way: 'key of old', body: { title }, key: `old-${other.index}` });
	}
}

const groups = { lists, gets, updates, completes, deletes, creates };

// Returns the caller's requests in this group, one in `oneOf`: 1, or a multiple of 8.
// With 8 each request is sent by one path style. The style depends on the pair of users
// and on the salt.
export function* requests(group, caller, oneOf, salt) {
	let item = 0, last, n = salt;
	if (group === 'creates') // each user uses this key
		yield { way: 'key', method: 'POST', path: '/api/tasks', body: shared, key: 'shared', status: [201], caller, other: caller };
	for (const other of people)
		for (const request of groups[group](caller, other)) {
			item = request.base === last ? item + 1 : 0;
			last = request.base;
			const turn = item + (last?.number ?? 0) + caller.index + other.index + salt;
			if (oneOf === 1 || (turn % 8 === 0 && n++ % (oneOf / 8) === 0))
				yield { ...request, caller, other };
		}
}
