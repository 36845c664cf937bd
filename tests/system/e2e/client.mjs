// A client of Better Auth and of the API, without a browser.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

let people = 0;

function cookiesOf(response) {
	return Object.fromEntries(response.headers.getSetCookie().map(line => {
		const [name, ...value] = line.split(';')[0].split('=');
		return [name, decodeURIComponent(value.join('='))];
	}));
}

function cookieHeader(cookies) {
	return Object.entries(cookies)
		.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ');
}

// Signs a new user up. Returns everything that Better Auth issues for the user.
export async function signUp(auth) {
	const email = `person${++people}@example.com`;
	const response = await fetch(`${auth.local}/api/auth/sign-up/email`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', Origin: auth.url },
		body: JSON.stringify({ email, name: `Person ${people}`, password: 'correct horse' }),
	});
	const answer = await response.json();
	assert.equal(response.status, 200, JSON.stringify(answer));
	return {
		email,
		id: answer.user.id,
		cookies: cookiesOf(response),
		opaque: answer.token,
		signedOpaque: response.headers.get('set-auth-token'),
	};
}

// Returns the JWT that Better Auth issues for APIs.
export async function newToken(auth, person) {
	const response = await fetch(`${auth.local}/api/auth/token`,
		{ headers: { Cookie: cookieHeader(person.cookies) } });
	assert.equal(response.status, 200);
	return (await response.json()).token;
}

export async function mailedToken(auth, person) {
	const mails = (await readFile(auth.outbox, 'utf8')).trim().split('\n')
		.map(line => JSON.parse(line));
	return mails.find(mail => mail.to === person.email).token;
}

export function sessionCookie(person) {
	const value = person.cookies['better-auth.session_data'];
	assert.ok(value, 'no session cookie with a JWT');
	return value;
}

function decode(segment) {
	return JSON.parse(Buffer.from(segment, 'base64url'));
}

export function header(token) {
	return decode(token.split('.')[0]);
}

export function claims(token) {
	return decode(token.split('.')[1]);
}

// Sends one request to the API. Returns { status, data }.
export async function call(api, token, method, path, body) {
	const response = await fetch(api.url + path, {
		method,
		headers: {
			...token && { Authorization: `Bearer ${token}` },
			...body && { 'Content-Type': 'application/json' },
		},
		...body && { body: JSON.stringify(body) },
	});
	const text = await response.text();
	return { status: response.status, data: text ? JSON.parse(text) : null };
}

// Checks that the API accepts the token: its user can create a task, and sees it by both
// paths.
export async function opens(api, token, id) {
	const me = await call(api, token, 'GET', '/api/me');
	assert.equal(me.status, 200, JSON.stringify(me.data));
	assert.equal(me.data.id, id);

	const title = `A task of ${id}`;
	const made = await call(api, token, 'POST', '/api/tasks', { title });
	assert.equal(made.status, 201, JSON.stringify(made.data));
	assert.equal(made.data.user_id, id);

	for (const path of ['/api/tasks', `/api/${encodeURIComponent(id)}/tasks`]) {
		const list = await call(api, token, 'GET', path);
		assert.equal(list.status, 200, JSON.stringify(list.data));
		assert.ok(list.data.some(task => task.id === made.data.id), path);
		assert.ok(list.data.every(task => task.user_id === id), path);
	}
	const other = await call(api, token, 'GET', '/api/somebody-else/tasks');
	assert.equal(other.status, 403);
}

export async function isRefused(api, token, detail = 'Invalid token') {
	for (const path of ['/api/me', '/api/tasks']) {
		const answer = await call(api, token, 'GET', path);
		assert.equal(answer.status, 401, `${path}: ${JSON.stringify(answer.data)}`);
		assert.equal(answer.data.detail, detail);
	}
	const made = await call(api, token, 'POST', '/api/tasks', { title: 'Intruder' });
	assert.equal(made.status, 401);
}
