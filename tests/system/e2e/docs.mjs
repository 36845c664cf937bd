// Tests /docs in a real browser: a user pastes a token and tries every operation.
import assert from 'node:assert/strict';
import { freePorts, tokenOf, secret, startApi, startDatabase } from '../../lib/stack.mjs';
import { note, test } from '../../lib/tap.mjs';
import { openContext, picture } from './window.mjs';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

// Opens a window that records errors, violations of the CSP and requests to other hosts.
async function openWindow(api, options = {}) {
	const context = await openContext({ viewport: { width: 1100, height: 900 }, ...options });
	const page = await context.newPage();
	const faults = [];
	let requests = 0;
	await context.exposeBinding('violation', (_, text) => faults.push(text));
	await context.addInitScript(() => document.addEventListener('securitypolicyviolation',
		event => window.violation(`${event.violatedDirective} ${event.blockedURI}`)));
	page.on('pageerror', error => faults.push(error.message));
	page.on('console', message => message.type() === 'error' &&
		!/^Failed to load resource: .* status of 4\d\d/.test(message.text()) &&
		faults.push(message.text()));
	page.on('request', request => {
		requests++;
		if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${api.url}/`))
			faults.push(request.url());
	});
	return {
		page, faults,
		requests: () => requests,
		close: () => context.close(),
	};
}

// --- Actions of a user --------------------------------------------------------

const block = (page, id) => page.locator(`[id$="-${id}"]`);

async function openDocs(page, api, path = '/docs') {
	const response = await page.goto(api.url + path);
	assert.equal(response.status(), 200);
	assert.equal(new URL(page.url()).pathname, path);
	await block(page, 'createTask').waitFor();
}

async function authorise(page, value) {
	await page.locator('.auth-wrapper > .authorize').first().click();
	const dialog = page.locator('.modal-ux');
	await dialog.locator('input').fill(value);
	await picture(page, `docs-authorise-${page.viewportSize().width}`);
	await dialog.getByRole('button', { name: 'Apply credentials' }).click();
	await dialog.getByRole('button', { name: 'Close', exact: true }).click();
	await dialog.waitFor({ state: 'hidden' });
}

const section = (page, tag) => page.locator(`.opblock-tag[data-tag="${tag}"]`);

async function openSection(page, tag) {
	await section(page, tag).click();
	await page.locator(`.opblock-tag-section.is-open [data-tag="${tag}"]`).waitFor();
}

async function fill(operation, name, value) {
	const row = operation.locator(`tr[data-param-name="${name}"]`);
	await row.waitFor(); // count() does not wait until the page is complete
	const list = row.locator('select');
	if (await list.count() > 0)
		await list.selectOption(value);
	else
		await row.locator('input').fill(value);
}

// Opens an operation, fills it in and presses Execute. Returns the server's reply and the
// text that the page shows. Closes other operations first, because many open ones are
// slow.
async function execute(page, id, values = {}, body = undefined) {
	const operation = block(page, id);
	for (const other of await page.locator(`.opblock.is-open:not([id$="-${id}"])`).all())
		await other.locator('.opblock-summary-control').click();
	if (!await operation.locator('.opblock-body').isVisible())
		await operation.locator('.opblock-summary-control').click();
	for (const [name, value] of Object.entries(values))
		await fill(operation, name, value);
	if (body !== undefined)
		await operation.locator('.body-param textarea').fill(JSON.stringify(body));
	const [response] = await Promise.all([
		page.waitForResponse(each => each.request().resourceType() === 'fetch'),
		operation.locator('button.execute').click(),
	]);
	const live = operation.locator('.live-responses-table .response');
	await live.getByText(String(response.status()), { exact: true }).first().waitFor();
	return { status: response.status(), headers: response.headers(), operation,
		json: await response.json().catch(() => null), shown: await live.innerText() };
}

async function mustBe(status, ...args) {
	const answer = await execute(...args);
	assert.equal(answer.status, status, answer.shown);
	return answer;
}

// --- The tests ----------------------------------------------------------------

const otherStyles = [['Tasks under v1', 'V1'], ['Tasks under your user id', 'OfUser']];

const heads = (user, id) => ['/docs', '/openapi.json',
	...['/api/tasks', '/api/v1/tasks', `/api/${user}/tasks`].flatMap(base => [base, `${base}/${id}`])];

async function testSession(page, api, user, width) {
	const tasks = [];
	const name = text => `docs, ${width} px: ${text}`;

	await test(name('without a token: 401, and then with one'), async () => {
		await openDocs(page, api);
		await picture(page, `docs-${width}`);
		const refused = await mustBe(401, page, 'me');
		assert.match(refused.shown, /Missing authentication token/);
		await authorise(page, tokenOf(user, 3600));
		assert.equal((await mustBe(200, page, 'me')).json.id, user);
	});
	await test(name('create three tasks'), async () => {
		const bodies = [{ title: 'Buy milk', priority: 'low' },
			{ title: 'Call the bank', priority: 'high', due_date: '2030-01-09' },
			{ title: 'Answer Bob', priority: 'high' }];
		for (const body of bodies)
			tasks.push((await mustBe(201, page, 'createTask', {}, body)).json);
	});
	await test(name('filter, sort, and page by Link'), async () => {
		const found = await mustBe(200, page, 'listTasks', { priority: 'high', sort: 'title', limit: '1' });
		assert.deepEqual(found.json.map(({ title }) => title), ['Answer Bob']);
		assert.equal(found.headers['x-total-count'], '2');
		assert.match(found.shown, /x-total-count: 2/);
		const cursor = found.shown.match(/link: <.*[?&]cursor=([^&>]*)>; rel="next"/)[1];
		const next = await mustBe(200, page, 'listTasks', { cursor });
		assert.deepEqual(next.json.map(({ title }) => title), ['Call the bank']);
		assert.ok(!next.headers.link);
		await next.operation.locator('.live-responses-table').scrollIntoViewIfNeeded();
		await picture(page, `docs-list-${width}`);
	});
	await test(name('a parameter that is wrong: 422 names it'), async () => {
		const { json, shown } = await mustBe(422, page, 'listTasks', { sort: 'title:asc', cursor: 'made-up' });
		assert.deepEqual(json.detail.map(({ loc }) => loc), [['query', 'cursor']]);
		assert.match(shown, /no cursor for this list/);
	});
	await test(name('edit with a stale ETag: 412, explained'), async () => {
		const [{ id }] = tasks;
		const etag = (await mustBe(200, page, 'getTask', { id })).headers.etag;
		const first = await mustBe(200, page, 'updateTask', { id, 'If-Match': etag }, { title: 'Buy oat milk' });
		assert.notEqual(first.headers.etag, etag);
		const second = await mustBe(412, page, 'updateTask', {}, { title: 'Buy rice milk' });
		assert.match(second.shown, /The task has changed in the meantime/);
		const explained = await second.operation
			.locator('.responses-table:not(.live-responses-table) .response[data-code="412"]').innerText();
		assert.match(explained, /Read the task again/);
		await second.operation.locator('.live-responses-table').scrollIntoViewIfNeeded();
		await picture(page, `docs-412-${width}`);
		assert.equal((await mustBe(200, page, 'getTask')).json.title, 'Buy oat milk');
		await mustBe(200, page, 'updateTask', { 'If-Match': first.headers.etag }, { title: 'Buy rice milk' });
	});
	await test(name('every other operation'), async () => {
		const [{ id }, { id: other }] = tasks;
		assert.equal((await mustBe(200, page, 'completeTask', { id }, { completed: true })).json.completed, true);
		assert.equal((await mustBe(200, page, 'putComplete', { id }, { complete: false })).json.completed, false);
		assert.equal((await mustBe(200, page, 'replaceTask', { id: other }, { priority: 'low' })).json.priority, 'low');
		await mustBe(204, page, 'deleteTask', { id });
		await mustBe(404, page, 'getTask', { id });
		await mustBe(200, page, 'meV1');
		for (const health of ['health', 'healthReady', 'healthLive'])
			assert.equal((await mustBe(200, page, health)).json.status, 'healthy');
		await mustBe(200, page, 'docs');
	});
	await test(name('HEAD from the page'), async () => {
		const sent = await page.evaluate(async ({ paths, token }) => Promise.all(paths.map(async path => {
			const headers = { Authorization: `Bearer ${token}` };
			const response = await fetch(path, { method: 'HEAD', headers });
			return [path, response.status, await response.text()];
		})), { paths: heads(user, tasks[1].id), token: tokenOf(user, 3600) });
		assert.deepEqual(sent, heads(user, tasks[1].id).map(path => [path, 200, '']));
	});
	await test(name('sections of the other styles of path are closed at first'), async () => {
		for (const [tag, suffix] of otherStyles) {
			assert.equal(await block(page, `createTask${suffix}`).count(), 0, tag);
			await openSection(page, tag);
			await block(page, `createTask${suffix}`).waitFor();
		}
	});
	await test(name('the other two styles of path'), async () => {
		for (const [, suffix] of otherStyles) {
			const values = suffix === 'OfUser' ? { user_id: user } : {};
			const { id } = (await mustBe(201, page, `createTask${suffix}`, values, { title: 'Elsewhere' })).json;
			const one = { ...values, id };
			await mustBe(200, page, `listTasks${suffix}`, values);
			await mustBe(200, page, `getTask${suffix}`, one);
			await mustBe(200, page, `updateTask${suffix}`, one, { status: 'in_progress' });
			await mustBe(200, page, `replaceTask${suffix}`, one, { description: 'Here' });
			await mustBe(200, page, `completeTask${suffix}`, one, {});
			await mustBe(200, page, `putComplete${suffix}`, one, {});
			await mustBe(204, page, `deleteTask${suffix}`, one);
		}
		await mustBe(403, page, 'listTasksOfUser', { user_id: 'somebody' });
	});
	await test(name('the page never scrolls sideways'), async () => {
		for (const id of ['listTasks', 'createTask', 'updateTask', 'health'])
			if (!await block(page, id).locator('.opblock-body').isVisible())
				await block(page, id).locator('.opblock-summary-control').click();
		const wide = await page.evaluate(() => {
			window.scrollTo(1000, window.scrollY);
			const root = document.scrollingElement;
			const out = [...document.querySelectorAll('body *')]
				.filter(each => each.getBoundingClientRect().right > root.clientWidth)
				.map(each => `${each.tagName}.${each.className}`).slice(0, 20);
			return { out, scrolled: window.scrollX, content: root.scrollWidth, window: root.clientWidth };
		});
		await picture(page, `docs-open-${width}`);
		assert.equal(wide.scrolled, 0);
		assert.equal(wide.content, wide.window, `too wide: ${wide.out}`);
		assert.equal(wide.window, width);
	});
}

async function testWindow(api, user, width, options) {
	const window = await openWindow(api, options);
	await testSession(window.page, api, user, width);
	await test(`docs, ${width} px: nothing refused by the policy, no other host`, () => {
		assert.deepEqual(window.faults, []);
		assert.ok(window.requests() > 10);
		note(`${window.requests()} requests`);
	});
	await window.close();
}

export async function docs() {
	const [port] = await freePorts(1);
	await startDatabase('docs');
	const api = await startApi('docs', port, { BETTER_AUTH_SECRET: secret });

	await testWindow(api, 'alice', 1100);
	await testWindow(api, 'bob', 390, phone);
	await test('docs: with a final slash, without a redirect', async () => {
		const window = await openWindow(api);
		await openDocs(window.page, api, '/docs/');
		assert.deepEqual(window.faults, []);
		await window.close();
	});
	await test('docs: a link to an operation opens its closed section', async () => {
		const window = await openWindow(api);
		await openDocs(window.page, api);
		await window.page.goto('about:blank');
		await window.page.goto(`${api.url}/docs#/${encodeURIComponent(otherStyles[0][0])}/listTasksV1`);
		await block(window.page, 'listTasksV1').locator('.opblock-body').waitFor();
		assert.equal(await block(window.page, 'createTaskOfUser').count(), 0);
		await window.close();
	});
	await test('docs: what is forbidden is refused', async () => {
		const window = await openWindow(api);
		await openDocs(window.page, api);
		await window.page.evaluate(() => {
			const script = document.createElement('script');
			script.textContent = 'window.ran = true';
			document.head.append(script);
			return fetch('http://127.0.0.1:9/').catch(() => {});
		});
		assert.equal(await window.page.evaluate(() => window.ran), undefined);
		assert.ok(window.faults.some(fault => /^script-src/.test(fault)), `${window.faults}`);
		assert.ok(window.faults.some(fault => /^connect-src/.test(fault)), `${window.faults}`);
		await window.close();
	});
}
