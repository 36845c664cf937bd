// The task API, with a token that is renewed when its time comes.
import { newToken, Refusal } from './session.js';

const base = document.querySelector('meta[name="task-api"]').content;

// Pauses before the tries that follow an "Invalid token": Better Auth signs
// with a new key at once, the API hears of it a moment later.
const newKeyPauses = [500, 1000, 2000, 4000];

let token = null; // { text, renewAt } in memory alone; a promise of it

function sleep(milliseconds) {
	return new Promise(done => setTimeout(done, milliseconds));
}

function claims(text) {
	const payload = text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
	return JSON.parse(atob(payload));
}

// Before the end rather than after it: a tenth of its life.  The life is
// counted from its arrival, as this clock and the server's may differ.
async function fetchToken() {
	const text = await newToken();
	const { iat, exp } = claims(text);
	return { text, renewAt: performance.now() + (exp - iat) * 900 };
}

// All who ask while one is on its way share it.
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

// What the API says: a sentence, or a list of faults by field.
function refusal(status, detail) {
	if (!Array.isArray(detail))
		return new Refusal(status,
			detail || `The task API answered ${status}`);
	const fields = detail.map(({ loc, msg }) =>
		({ name: String(loc.at(-1)), message: msg }));
	return new Refusal(status,
		fields.map(f => `${f.name}: ${f.message}`).join('\n'), fields);
}

// { data, response }; throws a Refusal.  A 401 has changed nothing, so any
// request may be sent again.
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

// The address of the next page of a list (RFC 8288), if there is one.
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

// The task as it is now, and the tag that says which version that is.
export async function getTask(id) {
	const { data, response } = await request('GET', one(id));
	return { task: data, tag: response.headers.get('ETag') };
}

// With a tag the change is refused if somebody else was quicker.
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
