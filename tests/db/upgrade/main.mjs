// A deployment while clients read and write.  The programs of 0.1.0, whose source is in
// this folder, and the current ones each run on their own and on the other's schema.  Test
// the upgrade and the way back.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { freePorts, root, until } from '../../lib/stack.mjs';
import { finish, part, test } from '../../lib/tap.mjs';
import { Client } from '../../robustness/faults/client.mjs';
import { Load } from '../../robustness/faults/load.mjs';
import { Truth } from '../../robustness/faults/truth.mjs';
import { must } from '../../robustness/faults/world.mjs';

const { RUN, API_SECRET, API_TOKEN, BUILD } = process.env;
const old = `${RUN}/upgrade/0.1.0`;

const names = readdirSync(`${root}/cgi-bin`).map(name => name.replace(/\.c$/, ''));
const encoded = `${RUN}/postgres`.replaceAll('/', '%2F');
const psql = (role, database, ...words) => must(['psql', '-X', '-q', '-A', '-t', '-v',
	'ON_ERROR_STOP=1', '-h', `${RUN}/postgres`, '-U', role, '-d', database, ...words]);
const listOf = (database, what) => psql('postgres', database, '-c', what);

async function buildOld() {
	await mkdir(old, { recursive: true });
	await must(['tar', '-xJf', `${root}/tests/db/upgrade/tasks-cgi-0.1.0.tar.xz`, '-C', old]);
	await must(['make', '-s', '-j2', '-C', old, 'BUILD=build', 'LIBPQ=shared',
		...names.map(name => `build/${name}`)]);
}

class Site {
	constructor(mode) {
		this.mode = mode;
		this.place = `${RUN}/upgrade/${mode}`;
		this.programs = `${this.place}/programs`;
		this.database = `upgrade_${mode}`;
		this.truth = new Truth();
		this.users = [];
	}

	async start() {
		await listOf('postgres', `CREATE DATABASE ${this.database} OWNER tasks_owner`);
		await psql('tasks_owner', this.database, '-f', `${old}/sql/load.sql`);
		await mkdir(`${this.place}/htdocs`, { recursive: true });
		await mkdir(this.programs);
		await chmod(this.place, 0o711);
		await writeFile(`${this.place}/env`, [`BETTER_AUTH_SECRET='${API_SECRET}'`,
			`DATABASE_URL='postgresql://tasks_app@/${this.database}?host=${encoded}&port=5432'`,
			''].join('\n'), { mode: 0o644 });
		await this.oldPrograms();
		for (const id of ['ann', 'bob', 'eve'])
			this.users.push({ id, token: await must([API_TOKEN, id, '3600'], { BETTER_AUTH_SECRET: API_SECRET }) });
		[this.port] = await freePorts(1);
		// The server's configuration belongs to the operator.  In CGI mode it stays
		// that of 0.1.0.
		this.server = this.mode === 'cgi' ? `${old}/tools/apache` : 'tools/dev/apache';
		this.env = { RUN: this.place, PORT: this.port, MODE: this.mode, SERVER: 'apache-event',
			TASKS_UNLIMITED: 'yes' };
		await must([this.server, 'start'], this.env);
		const client = new Client(this.port);
		await until(20, 'the server', async () =>
			(await client.ask(this.users[0].token, 'GET', '/api/tasks')).status === 200);
		client.close();
		this.load = new Load({ port: this.port, users: this.users, truth: this.truth, allowed: [] });
	}

	async stop() {
		await this.load?.stop();
		if (this.server)
			await must([this.server, 'stop'], this.env);
	}

	// The FastCGI processes: [{ pid, path }].  The path of a replaced file has a suffix.
	processes() {
		return readdirSync('/proc').filter(name => /^[0-9]+$/.test(name)).map(pid => {
			try { return { pid, path: readlinkSync(`/proc/${pid}/exe`) }; } catch { return { pid, path: '' }; }
		}).filter(({ path }) => path.startsWith(`${this.programs}/`));
	}

	// Restart them as systemd does for the package: each completes its request and ends, and
	// a new one takes its place at the same socket.
	async restart() {
		if (this.mode === 'cgi')
			return;
		const before = new Set(this.processes().map(({ pid }) => pid));
		for (const pid of before)
			process.kill(pid, 'SIGTERM');
		await until(20, 'new processes', () => {
			const now = this.processes();
			return now.length >= before.size && !now.some(({ pid }) => before.has(pid));
		});
	}

	// Install as dpkg does: write a new file, then rename it.
	async oldPrograms() {
		for (const name of names) {
			await cp(`${old}/build/${name}`, `${this.programs}/${name}.new`);
			await rename(`${this.programs}/${name}.new`, `${this.programs}/${name}`);
		}
		await this.restart();
	}

	async newPrograms() {
		await must(['make', '-s', 'install', `BUILD=${BUILD}`, `PREFIX=${this.place}/usr`,
			`CGIBINDIR=${this.programs}`]);
		await this.restart();
	}

	newSchema() {
		return must(['tools/admin/tasks-setup', 'schema'],
			{ DATABASE_URL: `postgresql://tasks_owner@/${this.database}?host=${encoded}&port=5432` });
	}

	assertPrograms(from) {
		const path = `${this.programs}/tasks-list`;
		assert.ok(readFileSync(path).equals(readFileSync(`${from}/tasks-list`)), 'other programs run');
		if (this.mode === 'cgi')
			return;
		const running = this.processes();
		assert.ok(running.some(one => one.path === path), 'none of them runs');
		assert.ok(!running.some(one => one.path.endsWith('(deleted)')), 'a replaced program runs');
	}

	// Search as a user that the load does not use.  This must work on the old schema,
	// too.
	async assertSearch() {
		const client = new Client(this.port);
		const token = await must([API_TOKEN, 'zoe', '3600'], { BETTER_AUTH_SECRET: API_SECRET });
		const made = await client.ask(token, 'POST', '/api/tasks', { body: '{"title":"xylophone"}' });
		assert.equal(made.status, 201);
		const { id } = JSON.parse(made.text);
		const found = await client.ask(token, 'GET', '/api/tasks?limit=20&search=XYLO');
		assert.equal(found.status, 200);
		assert.ok(JSON.parse(found.text).some(task => task.id === id), 'a search does not find it');
		const gone = await client.ask(token, 'DELETE', `/api/tasks/${id}`);
		assert.equal(gone.status, 204);
		client.close();
	}

	// Act while the load runs, and check what the clients saw from then on.
	async step(act) {
		const first = this.load.asked.length;
		const begun = performance.now();
		await act();
		const took = performance.now() - begun;
		// Wait for enough requests in the new state.
		const after = this.load.asked.length;
		await until(60, 'a load', () => this.load.asked.length - after > 40 &&
			this.load.asked.slice(after).filter(one => one.write).length > 10);
		const asked = this.load.asked.slice(first);
		const slowest = Math.max(...asked.map(one => one.ended - one.begun));
		const text = `${asked.length} requests, the slowest ${Math.round(slowest)} ms, done in ${Math.round(took)} ms`;
		assert.deepEqual(this.truth.faults.slice(0, 5), [], text);
		assert.ok(asked.every(one => one.good), text);
		await this.assertSearch();
		return text;
	}
}

async function deploy(mode) {
	const site = new Site(mode);
	const schema = async () => (await listOf(site.database,
		"SELECT to_regprocedure('public.tasks_schema_version()') IS NOT NULL")) === 't';
	const steps = [
		['0.1.0 on its own schema', () => {}, `${old}/build`, false],
		['these programs take the place of 0.1.0, on its schema', () => site.newPrograms(), BUILD, false],
		['the schema is brought up to date', () => site.newSchema(), BUILD, true],
		['back to 0.1.0, on this schema', () => site.oldPrograms(), `${old}/build`, true],
		['and forward again', () => site.newPrograms(), BUILD, true],
		['the schema is applied once more', () => site.newSchema(), BUILD, true],
	];
	try {
		await site.start();
		for (const [name, act, from, updated] of steps)
			await test(`${mode}: ${name}: no request fails`, async () => {
				const text = await site.step(act);
				site.assertPrograms(from);
				assert.equal(await schema(), updated, 'another schema is there');
				return text;
			});
		await site.load.stop();
		await test(`${mode}: every acknowledged write is there, once, and its user's alone`, async () => {
			const rows = JSON.parse(await listOf(site.database,
				`SELECT coalesce(json_agg(t), '[]') FROM public.tasks AS t`));
			const client = new Client(site.port);
			await site.truth.compare(client, site.users, rows);
			client.close();
			assert.deepEqual(site.truth.faults.slice(0, 5), []);
			assert.ok(rows.length > 20, `${rows.length} tasks`);
			return `${rows.length} tasks`;
		});
	} finally {
		await site.stop();
	}
}

await part('0.1.0 is built', buildOld);
for (const mode of ['cgi', 'fcgi'])
	await part(mode, () => deploy(mode));
process.exit(finish() ? 0 : 1);
