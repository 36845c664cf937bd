// Tests the page in a real browser: the user's actions, and the requests of the browser.
import assert from 'node:assert/strict';
import {
	accessLog, freePorts, keepKeysFresh, keyFile, refreshKeys, sleep, sql, startApi,
	startAuth, startDatabase, until,
} from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';
import { openContext, picture } from './window.mjs';

const password = 'correct horse';
const tokenLife = 6; // seconds

// --- The browser ------------------------------------------------------------

// Opens a window with its own profile, so that users share no cookies or storage.
async function openWindow(options = {}) {
	const context = await openContext({ viewport: { width: 1000, height: 800 }, ...options });
	const page = await context.newPage();
	const faults = [];
	page.on('pageerror', error => faults.push(error.message));
	page.on('console', message => message.type() === 'error' &&
		/Content Security Policy|Refused/.test(message.text()) &&
		faults.push(message.text()));
	page.on('dialog', dialog => dialog.accept());
	return {
		page, faults,
		close: () => context.close(),
	};
}

// --- Actions of a user ------------------------------------------------------

const button = (page, name) => page.getByRole('button', { name });
const tasksAreShown = page => page.getByRole('heading', { name: 'Your tasks' }).waitFor();

async function trySignUp(page, name, word) {
	await button(page, 'Sign up').click();
	await page.locator('#sign-up-name').fill(name);
	await page.locator('#sign-up-email').fill(`${name.toLowerCase()}@example.com`);
	await page.locator('#sign-up-password').fill(word);
	await button(page, 'Sign up').click();
}

async function signUp(page, url, name) {
	await page.goto(url);
	await trySignUp(page, name, password);
	await tasksAreShown(page);
}

async function trySignIn(page, name, word) {
	await page.locator('#sign-in-email').fill(`${name.toLowerCase()}@example.com`);
	await page.locator('#sign-in-password').fill(word);
	await button(page, 'Sign in').click();
}

async function signIn(page, name) {
	await trySignIn(page, name, password);
	await tasksAreShown(page);
}

const signOut = page => button(page, 'Sign out').click();
const titles = page => page.locator('#list .title').allTextContents();
const box = (page, title) => page.getByRole('checkbox', { name: title, exact: true });
const errors = page => page.locator('.error:not(:empty):visible').allInnerTexts();

// Adds a task and waits until it is listed.
async function add(page, title, { description = '', priority = 'medium', due = '' } = {}) {
	await page.locator('#add-title').fill(title);
	await page.locator('#add-description').fill(description);
	await page.locator('#add-priority').selectOption(priority);
	await page.locator('#add-due').fill(due);
	await button(page, 'Add').click();
	await box(page, title).waitFor();
}

async function openEdit(page, title) {
	await button(page, `Edit ${title}`).click();
	await page.getByRole('dialog').waitFor();
}

async function noErrors(page) {
	assert.deepEqual(await errors(page), []);
}

// --- The tests --------------------------------------------------------------

async function testOperations(api, url, ann, bob) {
	const { page } = ann;
	const log = await accessLog(api.name);

	await test('browser: two people sign up, each sees only their own tasks', async () => {
		await signUp(page, url, 'Ann');
		await signUp(bob.page, url, 'Bob');
		await add(page, 'Water the plants', { priority: 'low' });
		await add(bob.page, 'Mend the bicycle');
		for (const each of [ann, bob])
			await each.page.reload();
		await box(page, 'Water the plants').waitFor();
		await box(bob.page, 'Mend the bicycle').waitFor();
		assert.deepEqual(await titles(page), ['Water the plants']);
		assert.deepEqual(await titles(bob.page), ['Mend the bicycle']);
	});
	await test('browser: add, list, get, edit, complete, reopen, delete', async () => {
		await add(page, 'Send the report', { priority: 'high', due: '2031-05-06',
			description: 'With the figures of March.\nAnd a table.' });
		assert.deepEqual(await titles(page), ['Send the report', 'Water the plants']);

		await openEdit(page, 'Send the report');
		assert.equal(await page.locator('#edit-due').inputValue(), '2031-05-06');
		await page.locator('#edit-title').fill('Send the long report');
		await page.locator('#edit-status').selectOption('in_progress');
		await button(page, 'Save').click();
		await box(page, 'Send the long report').waitFor();
		assert.match(await page.locator('.task').first().innerText(),
			/In progress[^]*Due 2031-05-06/);

		await box(page, 'Water the plants').click();
		await page.getByText('2 in all, 1 completed').waitFor();
		await box(page, 'Water the plants').click();
		await page.getByText('2 in all, 0 completed').waitFor();

		await button(page, 'Delete Water the plants').click();
		await page.getByText('1 in all').waitFor();
		assert.deepEqual(await titles(page), ['Send the long report']);
		await noErrors(page);
	});
	await test('browser: markup in a title is text', async () => {
		const title = '<img src=x onerror=alert(1)> & "quotes" ŝ 🦆';
		await add(page, title);
		assert.equal((await titles(page))[0], title);
		await button(page, `Delete ${title}`).click();
		await page.getByText('1 in all').waitFor();
	});
	await test('browser: preflights of the allowed origin pass', async () => {
		const seen = await log();
		const preflights = seen.filter(({ method }) => method === 'OPTIONS');
		assert.ok(preflights.length >= 4, `${preflights.length} preflights`);
		assert.ok(preflights.every(({ status }) => status === 204));
		for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
			assert.ok(seen.some(line => line.method === method && line.status < 300), method);
		note(`${preflights.length} preflights, ${seen.length - preflights.length} requests`);
	});
}

async function testErrors(api, url, ann) {
	const { page } = ann;

	await test('browser: errors are shown as the API words them', async () => {
		await page.locator('#add-title').fill('   ');
		const [response] = await Promise.all([
			page.waitForResponse(r => r.request().method() === 'POST' && r.status() === 422),
			button(page, 'Add').click(),
		]);
		const { detail } = await response.json();
		await page.locator('#add .error p').waitFor();
		assert.deepEqual(await errors(page),
			[detail.map(({ loc, msg }) => `${loc[1]}: ${msg}`).join('\n')]);
		assert.equal(await page.locator('#add-title').getAttribute('aria-invalid'), 'true');
		assert.ok(await page.locator('#add-title').evaluate(e => e === document.activeElement));
		await picture(page, 'error', true);
		note(`the page says: ${await errors(page)}`);

		await page.locator('#add-title').fill('x'.repeat(300));
		await button(page, 'Add').click();
		await page.getByText(/title: .*255/).waitFor();
		await add(page, 'A title that is fine');
		await noErrors(page);
	});
	await test('browser: a task deleted in another window: Task not found', async () => {
		const other = await page.context().newPage();
		other.on('dialog', dialog => dialog.accept());
		await other.goto(url);
		await button(other, 'Delete A title that is fine').click();
		await other.getByText('1 in all').waitFor();
		await other.close();
		await button(page, 'Edit A title that is fine').click();
		await page.getByText('Task not found').waitFor();
		await page.reload();
		await page.getByText('1 in all').waitFor();
		await noErrors(page);
	});
	await test('browser: a wrong password and a short one, as Better Auth words it', async () => {
		await signOut(page);
		await trySignIn(page, 'Ann', 'not the password');
		await page.getByText('Invalid email or password').waitFor();
		await trySignUp(page, 'Carl', 'short');
		await page.getByText('Password too short').waitFor();
		await button(page, 'Sign in').click();
		await signIn(page, 'Ann');
		await box(page, 'Send the long report').waitFor();
		await noErrors(page);
	});
}

// Tests the use by keyboard from the top of the page.
async function testKeyboard(ann) {
	const { page } = ann;

	await test('browser: everything by the keyboard alone', async () => {
		await page.locator('#add-title').focus();
		await page.keyboard.type('Typed');
		await page.keyboard.press('Enter');
		await box(page, 'Typed').waitFor();
		await page.waitForFunction(() => document.activeElement.id === 'add-title');
		await box(page, 'Typed').focus();
		const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
		assert.equal(ring, '3px');
		await page.keyboard.press('Space');
		await page.getByText('2 in all, 1 completed').waitFor();
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.getByRole('dialog').waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id), 'edit-title');
		await page.keyboard.press('Escape');
		await page.getByRole('dialog').waitFor({ state: 'hidden' });
		assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), 'Edit Typed');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.getByText('1 in all').waitFor();
		await noErrors(page);
	});
}

async function testTokenLife(api, bob) {
	const { page } = bob;

	await test('browser: a token runs out and is renewed without a word', async () => {
		const fresh = [];
		page.on('response', response => response.url().endsWith('/api/auth/token') &&
			fresh.push(response.status()));
		await sleep((tokenLife + 1) * 1000);
		await add(page, 'After one token');
		await sleep((tokenLife + 1) * 1000);
		await add(page, 'After two tokens');
		await noErrors(page);
		assert.ok(fresh.length >= 2 && fresh.every(status => status === 200), `${fresh}`);
	});
	await test('browser: Token expired, from the API itself, is survived', async () => {
		// A suspended page: its clock stood still while the token expired.
		await page.evaluate(() => { performance.now = () => 0; });
		await add(page, 'With a clock that stands');
		const log = await accessLog(api.name);
		await sleep((tokenLife + 1) * 1000);
		await add(page, 'After a sleep');
		await noErrors(page);
		assert.ok((await log()).some(({ status }) => status === 401), 'a 401 was met');
		await page.reload();
		await box(page, 'After a sleep').waitFor();
	});
}

async function testRotation(api, auth, bob) {
	const { page } = bob;

	await test('browser: the key is rotated while a person works', async () => {
		const log = await accessLog(api.name);
		await sql(api.name, `UPDATE ${auth.schema}.jwks SET "expiresAt" = now()`);
		await sleep(tokenLife * 1000);
		await add(page, 'With a new key');
		await noErrors(page);
		const keys = await sql(api.name, `SELECT count(*) FROM ${auth.schema}.jwks`);
		assert.equal(keys.trim(), '2');
		note(`${(await log()).filter(({ status }) => status === 401).length} answers ` +
			'were 401 before the API had the new key');
	});
}

async function testSignedOutElsewhere(url, bob) {
	await test('browser: signed out in another window: asked to sign in', async () => {
		const other = await bob.page.context().newPage();
		await other.goto(url);
		await other.getByRole('heading', { name: 'Your tasks' }).waitFor();
		await signOut(other);
		await other.getByRole('heading', { name: 'Sign in' }).waitFor();
		await other.close();
		await sleep(tokenLife * 1000);
		await box(bob.page, 'With a new key').click();
		await bob.page.getByRole('heading', { name: 'Sign in' }).waitFor();
		assert.equal(await bob.page.locator('.task').count(), 0);
	});
}

async function testOtherOrigin(api, foreign) {
	const window = await openWindow();
	const { page } = window;

	await test('browser: a page of another origin gets nothing from the API', async () => {
		const log = await accessLog(api.name);
		await signUp(page, foreign.url, 'Mallory');
		await page.getByText('The task API cannot be reached').waitFor();
		const seen = await until(5, 'its preflight', async () => {
			const lines = await log();
			return lines.length > 0 && lines;
		});
		assert.ok(seen.every(({ method }) => method === 'OPTIONS'), JSON.stringify(seen));

		const preflight = origin => fetch(`${api.url}/api/tasks`, {
			method: 'OPTIONS',
			headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
		}).then(response => response.headers.get('access-control-allow-origin'));
		assert.equal(await preflight(foreign.url), null);
		assert.equal(await preflight(api.origin), api.origin);
	});
	await window.close();
}

async function testPictures(url) {
	if (!process.env.SCREENSHOTS)
		return;
	const window = await openWindow();
	const { page } = window;
	await page.goto(url);
	await picture(page, 'sign-in', true);
	await signUp(page, url, 'Dora');
	await add(page, 'Book the train to Lyon', { due: '2031-06-12' });
	await add(page, 'Water the plants', { priority: 'low' });
	await add(page, 'Send the report', { priority: 'high', due: '2031-05-06',
		description: 'With the figures of March, and the table that was missing last time.' });
	await box(page, 'Water the plants').click();
	await page.getByText('3 in all, 1 completed').waitFor();
	await page.locator('#add-title').focus();
	await picture(page, 'demo', true);
	await openEdit(page, 'Send the report');
	await picture(page, 'edit', false);
	await page.keyboard.press('Escape');
	await page.setViewportSize({ width: 390, height: 844 });
	await picture(page, 'phone', true);
	await openEdit(page, 'Send the report');
	await picture(page, 'phone-edit', false);
	await page.keyboard.press('Escape');
	await page.emulateMedia({ colorScheme: 'dark' });
	await picture(page, 'phone-dark', true);
	await window.close();
}

async function testPhone(url) {
	const window = await openWindow({ viewport: { width: 390, height: 844 } });
	const { page } = window;
	await test('browser: a phone needs no sideways scrolling', async () => {
		await signUp(page, url, 'Eve');
		await add(page, 'W'.repeat(120), { due: '2031-05-06', description: 'long '.repeat(60) });
		const wide = () => page.evaluate(() =>
			document.documentElement.scrollWidth - document.documentElement.clientWidth);
		assert.equal(await wide(), 0);
		await button(page, 'Edit').click();
		await page.getByRole('dialog').waitFor();
		assert.equal(await wide(), 0);
	});
	await window.close();
}

// --- All on one host --------------------------------------------------------

async function testOneOrigin() {
	const [port, authPort] = await freePorts(2);
	const origin = `http://127.0.0.1:${authPort}`;
	const url = `http://localhost:${port}`;

	await startDatabase('one');
	const auth = await startAuth('one', authPort, { AUTH_URL: url, API_URL: '' });
	await refreshKeys('one', auth.jwks);
	const api = await startApi('one', port, { JWKS_FILE: keyFile('one'),
		JWT_ISSUER: url, JWT_AUDIENCE: url, CORS_ORIGINS: 'https://unused.example',
		TASKS_AUTH_ORIGIN: origin, TASKS_PAGES_ORIGIN: origin });
	const window = await openWindow();
	const { page } = window;
	const hosts = new Set();

	await test('one origin: page, sign-in and API on one host, no preflight', async () => {
		const log = await accessLog(api.name);
		page.on('request', request => request.url().startsWith('http') &&
			hosts.add(new URL(request.url()).origin));
		await signUp(page, url, 'Ann');
		await add(page, 'All in one place');
		await openEdit(page, 'All in one place');
		await page.locator('#edit-title').fill('All on one host');
		await button(page, 'Save').click();
		await box(page, 'All on one host').click();
		await page.getByText('1 in all, 1 completed').waitFor();
		await button(page, 'Delete All on one host').click();
		await page.getByText('Nothing to do yet').waitFor();
		await signOut(page);
		await signIn(page, 'Ann');
		await noErrors(page);

		const seen = await log();
		assert.deepEqual([...hosts], [url]);
		assert.equal(seen.filter(({ method }) => method === 'OPTIONS').length, 0);
		for (const [method, path] of [['GET', '/'], ['POST', '/api/auth/sign-up/email'],
			['GET', '/api/auth/token'], ['POST', '/api/tasks']])
			assert.ok(seen.some(l => l.method === method && l.path === path && l.status < 300), path);
	});
	await test('one origin: our own paths stay ours', async () => {
		for (const [path, status] of [['/health', 200], ['/api/me', 401],
			['/api/v1/auth/me', 401], ['/api/tasks', 401], ['/api/somebody/tasks', 401],
			['/api/nothing', 404], ['/cgi-bin/nothing', 404], ['/api/auth/ok', 200]]) {
			const response = await fetch(url + path);
			assert.equal(response.status, status, path);
			await response.json();
		}
		assert.equal((await fetch(`${url}/no-such-page`)).status, 404);
	});
	assert.deepEqual(window.faults, []);
	await window.close();
	await auth.stop();
}

export async function browser() {
	const [apiPort, authPort, foreignPort] = await freePorts(3);
	const url = `http://localhost:${authPort}`;
	const apiUrl = `http://localhost:${apiPort}`;

	await startDatabase('page');
	const auth = await startAuth('page', authPort,
		{ API_URL: apiUrl, AUTH_TOKEN_LIFE: `${tokenLife}s` });
	const foreign = await startAuth('page', foreignPort, { API_URL: apiUrl });
	await refreshKeys('page', auth.jwks);
	const api = { origin: url, ...await startApi('page', apiPort,
		{ JWKS_FILE: keyFile('page'), CORS_ORIGINS: url }) };
	const loop = keepKeysFresh('page', auth.jwks);
	const [ann, bob] = [await openWindow(), await openWindow()];

	await testOperations(api, url, ann, bob);
	await testErrors(api, url, ann);
	await testKeyboard(ann);
	await testTokenLife(api, bob);
	await testRotation(api, auth, bob);
	await testSignedOutElsewhere(url, bob);
	await testOtherOrigin(api, foreign);
	await testPhone(url);
	await testPictures(url);
	await test('browser: no script failed, and nothing broke the policy', async () => {
		assert.deepEqual([...ann.faults, ...bob.faults], []);
	});
	await ann.close();
	await bob.close();
	await loop.stop();
	await foreign.stop();
	await auth.stop();
	await testOneOrigin();
}
