// Tests which of the tokens that Better Auth issues are accepted by the API, in each of
// its configurations, with a key set and with a shared secret.
import assert from 'node:assert/strict';
import {
	claims, header, isRefused, mailedToken, newToken, opens, sessionCookie, signUp,
} from './client.mjs';
import {
	freePorts, keyTableUrl, refreshKeys, secret, startApi, startAuth, startDatabase,
	keyFile,
} from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';

// The configurations that publish their keys.
const published = [
	{ keys: 'EdDSA', ids: 'text', id: /^[A-Za-z0-9]{32}$/ },
	{ keys: 'ES256', ids: 'uuid', id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
	{ keys: 'ES512', ids: 'serial', id: /^[1-9][0-9]*$/ },
	{ keys: 'RS256', ids: 'text', id: /^[A-Za-z0-9]{32}$/ },
	{ keys: 'PS256', ids: 'uuid', id: /^[0-9a-f-]{36}$/ },
];

// Checks the kind of token, because the result for another kind would prove nothing.
function checkForm(token, person, alg, wantedId) {
	assert.equal(header(token).alg, alg);
	assert.equal(claims(token).sub, person.id);
	assert.match(person.id, wantedId);
	assert.equal(claims(token).exp - claims(token).iat, 900);
}

async function testPublished(keySet, shared, control, { keys, ids, id }) {
	const [port] = await freePorts(1);
	const auth = await startAuth('keys', port, { AUTH_KEYS: keys, AUTH_IDS: ids });
	const person = await signUp(auth);
	const token = await newToken(auth, person);
	const name = `jwt() with ${keys}, ids of the form ${ids}`;

	await test(`${name}: opens the API with its key set`, async () => {
		checkForm(token, person, keys, id);
		await refreshKeys('keys', auth.jwks);
		await opens(keySet, token, person.id);
		note(`${keys}: a token of ${token.length} bytes`);
	});
	await test(`${name}: the same keys from the table`, async () => {
		await refreshKeys('keys', control.auth.jwks);
		await isRefused(keySet, token);
		await refreshKeys('keys', keyTableUrl('keys', auth.schema));
		await opens(keySet, token, person.id);
	});
	await test(`${name}: does not open the API with a shared secret`, async () => {
		await isRefused(shared, token);
		await opens(shared, control.sharedToken, control.sharedPerson.id);
	});
	await test(`${name}: does not open the API with another's key set`, async () => {
		await refreshKeys('keys', control.auth.jwks);
		await isRefused(keySet, token);
		await opens(keySet, control.token, control.person.id);
	});
	await auth.stop();
}

// Checks that the token is refused, and that a valid token is accepted.
async function testRefused(apis, control, name, token) {
	const [keySet, shared] = apis;
	await test(`${name}: opens the API in neither mode`, async () => {
		await isRefused(keySet, token);
		await opens(keySet, control.token, control.person.id);
		await isRefused(shared, token);
		await opens(shared, control.sharedToken, control.sharedPerson.id);
	});
}

async function testShared(apis, control) {
	const [keySet, shared] = apis;
	const { sharedToken: token, sharedPerson: person } = control;
	await test('custom HS256 sign: opens the API with the shared secret', async () => {
		checkForm(token, person, 'HS256', /^[A-Za-z0-9]{32}$/);
		await opens(shared, token, person.id);
	});
	await test('custom HS256 sign: does not open the API with a key set', async () => {
		await isRefused(keySet, token);
		await opens(keySet, control.token, control.person.id);
	});
}

// Tests the other tokens and cookies of the deployment whose JWTs are accepted.
async function testOthers(apis, control) {
	const { auth, person } = control;
	const cookie = sessionCookie(person);
	const mail = await mailedToken(auth, person);

	assert.deepEqual(header(cookie), { alg: 'HS256' });
	assert.equal(claims(cookie).user.id, person.id);
	assert.deepEqual(Object.keys(claims(mail)).sort(), ['email', 'exp', 'iat']);
	await testRefused(apis, control, 'session.cookieCache jwt', cookie);
	await testRefused(apis, control, 'e-mail verification token', mail);
	await testRefused(apis, control, 'bearer() opaque token', person.opaque);
	await testRefused(apis, control, 'bearer() signed opaque token', person.signedOpaque);
}

// A session cookie that is signed with a key of the published set and has its user in
// `sub`. It differs from a token for APIs only by its type.
async function testKeySignedCookie(apis, control) {
	const [keySet] = apis;
	const [port] = await freePorts(1);
	const auth = await startAuth('keys', port, { AUTH_COOKIE_CACHE: 'jwks' });
	const person = await signUp(auth);
	const token = await newToken(auth, person);
	const cookie = sessionCookie(person);
	const mixed = { ...control, auth, person, token };

	assert.equal(claims(cookie).sub, person.id);
	assert.equal(header(cookie).kid, header(token).kid);
	assert.equal(header(cookie).typ, 'better-auth.session-cache+jwt');
	await refreshKeys('keys', auth.jwks);
	await testRefused([keySet, apis[1]], mixed,
		'jwt({sessionCookieCache}), a cookie signed with the key set', cookie);
	await refreshKeys('keys', control.auth.jwks);
	await auth.stop();
}

export async function tokens() {
	const [keysPort, sharedPort, authPort, hmacPort] = await freePorts(4);

	await startDatabase('keys');
	const auth = await startAuth('keys', authPort,
		{ AUTH_COOKIE_CACHE: 'jwt', AUTH_BEARER: 'on' });
	const hmac = await startAuth('keys', hmacPort, { AUTH_KEYS: 'HS256' });
	const person = await signUp(auth);
	const sharedPerson = await signUp(hmac);
	const control = {
		auth, person, token: await newToken(auth, person),
		sharedPerson, sharedToken: await newToken(hmac, sharedPerson),
	};

	await refreshKeys('keys', auth.jwks);
	const keySet = await startApi('keys', keysPort, { JWKS_FILE: keyFile('keys') });
	await startDatabase('shared');
	const shared = await startApi('shared', sharedPort, { BETTER_AUTH_SECRET: secret });

	for (const configuration of published)
		await testPublished(keySet, shared, control, configuration);
	await testShared([keySet, shared], control);
	await testOthers([keySet, shared], control);
	await testKeySignedCookie([keySet, shared], control);
	await hmac.stop();
	await auth.stop();
}
