// Tests key rotation: how soon tokens of a new key are accepted, and that random keys
// cannot make the refresh flood Better Auth.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { call, header, newToken, opens, signUp } from './client.mjs';
import {
	freePorts, keepKeysFresh, keyFile, keySetFetches, refreshKeys, sleep, slowness, startApi,
	startAuth, startDatabase, until,
} from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';

const interval = 4; // seconds for which Better Auth signs with a key
const askAgain = 31; // a refresh is requested at most once in 30 seconds
const flood = { requests: 200, seconds: 35 };

// Waits until Better Auth signs with another key than kid. Returns a token of that key.
function tokenOfNewKey(auth, person, kid) {
	return until(interval + 5, 'a new key', async () => {
		const token = await newToken(auth, person);
		return header(token).kid !== kid && token;
	});
}

// Returns the seconds from now to the first 200.
async function secondsToAcceptance(api, token) {
	const start = performance.now();
	await until(40, 'the first 200', async () =>
		(await call(api, token, 'GET', '/api/me')).status === 200, 200);
	return (performance.now() - start) / 1000;
}

async function rotateOnce(api, auth, person, old, round) {
	const kid = header(old.at(-1)).kid;
	const token = await tokenOfNewKey(auth, person, kid);
	const fetches = await keySetFetches(auth);
	const seconds = await secondsToAcceptance(api, token);

	note(`rotation ${round}: first 200 after ${seconds.toFixed(2)} s, ` +
		`${await keySetFetches(auth) - fetches} fetch(es)`);
	// Much sooner than by the refresh every five minutes, so the request caused it.
	assert.ok(seconds <= 5 * slowness, `${seconds} s`);
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
		await test(`rotation ${round}: the new key as soon as it is met, the old ones still`, () =>
			rotateOnce(api, auth, person, tokens, round));
	}

	await sleep(askAgain * 1000);
	const before = await keySetFetches(auth);
	await test(`${flood.requests} random key ids: 401, and a fetch in 30 seconds at most`, async () => {
		const start = performance.now();
		const answers = await floodOfRandomKeys(api);
		assert.ok(answers.every(answer => answer.status === 401));
		assert.equal(new Set(answers.map(answer => answer.data.detail)).size, 1);
		const fetches = await keySetFetches(auth) - before;
		const seconds = (performance.now() - start) / 1000;
		note(`${answers.length} requests in ${seconds.toFixed(1)} s: ${fetches} fetch(es)`);
		assert.ok(fetches >= 1 && fetches <= 1 + seconds / 30, `${fetches} fetches`);
	});
	await test('a key that is rotated in during the flood is let in as soon as that allows', async () => {
		const token = await tokenOfNewKey(auth, person, header(tokens.at(-1)).kid);
		const seconds = await secondsToAcceptance(api, token);
		note(`after the flood: first 200 after ${seconds.toFixed(2)} s`);
		assert.ok(seconds <= askAgain + slowness, `${seconds} s`);
	});
	await loop.stop();
	await auth.stop();
}
