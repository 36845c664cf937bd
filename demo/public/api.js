// Call the task API with a token that is renewed before it expires.
import { newToken, Refusal } from './session.js';

const base = document.querySelector('meta[name="task-api"]').content;

// The pauses in milliseconds before each retry after "Invalid token".  Better Auth
// signs with a new key at once, but the API receives that key a moment later.
const newKeyPauses = [500, 1000, 2000, 4000];

let token = null; // promise of { text, renewAt }; kept in memory only

function sleep(milliseconds) {
	return new Promise(done => setTimeout(done, milliseconds));
}

function claims(text) {
	const payload = text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
	return JSON.parse(atob(payload));
}

// Fetch a token, to be renewed when a tenth of its life is left.  Count its life from
// its arrival, because this clock and the server's may differ.
async function fetchToken() {
	const text = await newToken();
	const { iat, exp } = claims(text);
	return { text, renewAt: performance.now() + (exp - iat) * 900 };
}

// Concurrent callers share one fetch.
async function currentToken() {
	if (token === null || performance.now() >= (await token).renewAt) {
		token = fetchToken();
		token.catch(forgetToken);
	}
	return (await token).text;
}

export function forgetToken() {
	token = null;
}

async function send(method, path, { body, headers = {} }) {
	const authorization = `Bearer ${await currentToken()}`;
	try {
		return await fetch(base + path, {
			method,
			headers: {
				...headers,
				Authorization: authorization,
				...body && { 'Content-Type': 'application/json' },
			},
			credentials: 'omit',
			...body && { body: JSON.stringify(body) },
		});
	} catch {
		throw new Refusal(0, 'The task API cannot be reached');
	}
}

// Convert the API's `detail`, which is a sentence or a list of errors by field.
function refusal(status, detail) {
	if (!Array.isArray(detail))
		return new Refusal(status,
			detail || `The task API answered ${status}`);
	const fields = detail.map(({ loc, msg }) =>
		({ name: String(loc.at(-1)), message: msg }));
	return new Refusal(status,
		fields.map(f => `${f.name}: ${f.message}`).join('\n'), fields);
}

// Return { data, response } or throw a Refusal.  Any request may be sent again
// after a 401, because it has changed nothing.
async function request(method, path, options = {}) {
	const pauses = [...newKeyPauses];
	let renewed = false;
	for (;;) {
		const response = await send(method, path, options);
		const data = await response.json().catch(() => null);
		if (response.ok)
			return { data, response };
		if (response.status === 401 && data?.detail === 'Token expired' && !renewed) {
			renewed = true;
			forgetToken();
		} else if (response.status === 401 && data?.detail === 'Invalid token' &&
			pauses.length > 0) {
			await sleep(pauses.shift());
		} else {
			throw refusal(response.status, data?.detail);
		}
	}
}

// Return the path of the list's next page (RFC 8288), or null after the last one.
function nextPage(response) {
	const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('Link') ?? '');
	if (!link)
		return null;
	const { pathname, search } = new URL(link[1], response.url);
	return pathname + search;
}

export async function listTasks() {
	const tasks = [];
	let path = '/api/tasks';
	while (path !== null) {
		const { data, response } = await request('GET', path);
		tasks.push(...data);
		path = nextPage(response);
	}
	return tasks;
}

const one = id => `/api/tasks/${encodeURIComponent(id)}`;

export async function createTask(body) {
	return (await request('POST', '/api/tasks', { body })).data;
}

// Return the task and the entity tag of its version.
export async function getTask(id) {
	const { data, response } = await request('GET', one(id));
	return { task: data, tag: response.headers.get('ETag') };
}

// With a tag, the API refuses the change if the task has changed since.
export async function updateTask(id, body, tag) {
	const headers = tag ? { 'If-Match': tag } : {};
	return (await request('PUT', one(id), { body, headers })).data;
}

export async function completeTask(id, completed) {
	const body = { completed };
	return (await request('PATCH', `${one(id)}/complete`, { body })).data;
}

export async function deleteTask(id) {
	await request('DELETE', one(id));
}
