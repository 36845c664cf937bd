// New keys: how soon their tokens are let in, and that nobody can make the
// refresh loop flood Better Auth.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { call, header, newToken, opens, signUp } from './client.mjs';
import {
	freePorts, keepKeysFresh, keyFile, keySetFetches, refreshKeys, sleep, startApi,
	startAuth, startDatabase, until,
} from './stack.mjs';
import { note, test } from './tap.mjs';

const interval = 4; // seconds that a key signs
const askAgain = 31; // a refresh is asked for once in 30 seconds
const flood = { requests: 1000, seconds: 55 };

// A token of another key than that one, as soon as Better Auth makes one.
function tokenOfNewKey(auth, person, kid) {
	return until(interval + 5, 'a new key', async () => {
		const token = await newToken(auth, person);
		return header(token).kid !== kid && token;
	});
}

// Seconds from now to the first 200.
async function secondsToAcceptance(api, token) {
	const start = performance.now();
	await until(40, 'the first 200', async () =>
		(await call(api, token, 'GET', '/api/me')).status === 200, 50);
	return (performance.now() - start) / 1000;
}

async function rotateOnce(api, auth, person, old, round) {
	const kid = header(old.at(-1)).kid;
	const token = await tokenOfNewKey(auth, person, kid);
	const fetches = await keySetFetches(auth);
	const seconds = await secondsToAcceptance(api, token);

	note(`rotation ${round}: first 200 after ${seconds.toFixed(2)} s, ` +
		`${await keySetFetches(auth) - fetches} fetch(es)`);
	assert.ok(seconds <= 5, `${seconds} s`);
	old.push(token);
	for (const each of old)
		await opens(api, each, person.id);
}

function randomToken() {
	const now = Math.floor(Date.now() / 1000);
	const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
	return [
		part({ alg: 'EdDSA', kid: randomBytes(16).toString('hex') }),
		part({ sub: 'intruder', iat: now, exp: now + 900 }),
		randomBytes(64).toString('base64url'),
	].join('.');
}

async function floodOfRandomKeys(api) {
	const refused = [];
	const start = Date.now();
	for (let i = 0; i < flood.requests; i++) {
		refused.push(call(api, randomToken(), 'GET', '/api/me'));
		const due = start + i * flood.seconds * 1000 / flood.requests;
		await sleep(Math.max(0, due - Date.now()));
	}
	return Promise.all(refused);
}

export async function rotation() {
	const [apiPort, authPort] = await freePorts(2);

	await startDatabase('rotation');
	const auth = await startAuth('rotation', authPort,
		{ AUTH_ROTATION: String(interval) });
	await refreshKeys('rotation', auth.jwks);
	const api = await startApi('rotation', apiPort, { JWKS_FILE: keyFile('rotation') });
	const loop = keepKeysFresh('rotation', auth.jwks);
	const person = await signUp(auth);
	const tokens = [await newToken(auth, person)];

	await test('the first key of a new deployment is let in', () =>
		secondsToAcceptance(api, tokens[0]));
	for (const round of [1, 2]) {
		await sleep(askAgain * 1000);
		await test(`rotation ${round}: the new key within 5 s, the old ones still`, () =>
			rotateOnce(api, auth, person, tokens, round));
	}

	await sleep(askAgain * 1000);
	const before = await keySetFetches(auth);
	await test(`${flood.requests} random key ids in a minute: 401, at most 2 fetches`, async () => {
		const answers = await floodOfRandomKeys(api);
		assert.ok(answers.every(answer => answer.status === 401));
		assert.equal(new Set(answers.map(answer => answer.data.detail)).size, 1);
		const fetches = await keySetFetches(auth) - before;
		note(`${answers.length} requests in ${flood.seconds} s: ${fetches} fetch(es)`);
		assert.ok(fetches >= 1 && fetches <= 2, `${fetches} fetches`);
	}, 120);
	await test('a key that is rotated in during the flood is let in within 30 s', async () => {
		const token = await tokenOfNewKey(auth, person, header(tokens.at(-1)).kid);
		const seconds = await secondsToAcceptance(api, token);
		note(`after the flood: first 200 after ${seconds.toFixed(2)} s`);
		assert.ok(seconds <= 32, `${seconds} s`);
	}, 90);
	await loop.stop();
	await auth.stop();
}
