// The servers of the tests: the API with its own PostgreSQL, Better Auth, and jwks-refresh,
// which copies the keys from Better Auth to the API.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export { sleep };
export const root = fileURLToPath(new URL('../../', import.meta.url));
export const secret = 'e2e-secret-0123456789abcdef-0123456789abcdef';

const run = process.env.RUN;
const stops = [];

// How many times slower this machine starts programs than one where a null program
// takes 1 ms; never below 1.  tools/admin/wait.sh measures PRICE, in microseconds.
export const slowness = Math.max(1, Number(process.env.PRICE) / 1000 || 1);

// Remove the user's own settings from the servers' environment.
const settings = ['BETTER_AUTH_SECRET', 'JWT_SECRET', 'JWT_ALGORITHM',
	'JWKS_FILE', 'JWKS_URL', 'JWKS_DATABASE_URL', 'JWT_ISSUER',
	'JWT_AUDIENCE', 'JWT_LEEWAY', 'CORS_ORIGINS', 'PUBLIC_PREFIX', 'TASKS_MAX_ROWS',
	'TASKS_MAX_BODY', 'TASKS_DB_TIMEOUT_MS', 'DATABASE_URL', 'PORT', 'SERVER',
	'TASKS_AUTH_ORIGIN', 'TASKS_PAGES_ORIGIN', 'TASKS_UNLIMITED'];

function environment(extra) {
	const env = { ...process.env, ...extra };
	for (const name of settings)
		if (!(name in extra))
			delete env[name];
	return env;
}

// Return free ports, all different.  Another process may take one before its use: the
// server then does not start and the tests fail.
export async function freePorts(count) {
	const servers = Array.from({ length: count }, () => createServer());
	for (const server of servers) {
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
	}
	const ports = servers.map(server => server.address().port);
	for (const server of servers) {
		server.close();
		await once(server, 'close');
	}
	return ports;
}

// Return the result of the condition as soon as it is true.  The timeout is for a fast
// machine and is multiplied by slowness.
export async function until(seconds, what, condition, pause = 100) {
	const end = Date.now() + seconds * slowness * 1000;
	for (;;) {
		const result = await condition();
		if (result)
			return result;
		if (Date.now() > end)
			throw new Error(`${what}: not in ${Math.round(seconds * slowness)} s`);
		await sleep(pause);
	}
}

// Run a command to its end and return { code, output }.
export async function command(args, env) {
	const child = spawn(args[0], args.slice(1), {
		cwd: root, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	child.stdout.on('data', data => { output += data; });
	child.stderr.on('data', data => { output += data; });
	const [code] = await once(child, 'close');
	return { code, output };
}

async function mustRun(args, env) {
	const { code, output } = await command(args, env);
	if (code !== 0)
		throw new Error(`${args.join(' ')}: exit ${code}\n${output}`);
	return output;
}

// Start a command that keeps running, with its output in a file.
function daemon(args, env, log) {
	const child = spawn(args[0], args.slice(1), {
		cwd: root, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'],
	});
	const file = createWriteStream(log);
	child.stdout.pipe(file, { end: false });
	child.stderr.pipe(file, { end: false });
	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) {
			child.kill('SIGTERM');
			await once(child, 'exit');
		}
	};
	atEnd(stop);
	return { child, log, stop };
}

export const atEnd = stop => stops.push(stop);

export async function stopAll() {
	for (const stop of stops.reverse())
		await stop().catch(error => console.error(error));
}

function folder(name) {
	return `${run}/${name}`;
}

function databaseUrl(name) {
	const host = encodeURIComponent(`${folder(name)}/postgres`);
	return `postgresql://tasks_owner@/tasks?host=${host}&port=5432`;
}

// Return the URL of the database of the API called name, with Better Auth's schema as the
// search path.
export function keyTableUrl(name, schema) {
	return `${databaseUrl(name)}&options=-csearch_path%3D${schema}`;
}

// Execute SQL in this database as its owner.
export function sql(name, text) {
	return mustRun(['tools/dev/psql', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
		'-c', text], { RUN: folder(name) });
}

// --- The API ----------------------------------------------------------------

// Start PostgreSQL first, because Better Auth keeps its tables in the API's database.
export async function startDatabase(name) {
	await mkdir(folder(name), { recursive: true, mode: 0o711 });
	atEnd(() => mustRun(['tools/dev/serve', 'stop'], { RUN: folder(name) }));
	await mustRun(['tools/dev/postgres', 'start'], { RUN: folder(name) });
}

export async function startApi(name, port, env) {
	await mustRun(['tools/dev/serve', 'start'],
		{ RUN: folder(name), PORT: String(port), ...env });
	return { name, url: `http://localhost:${port}` };
}

// Return a function that returns the lines logged since now: [{ method, path, status }].
export async function accessLog(name) {
	const file = `${folder(name)}/apache/tasks-access.log`;
	const before = (await readFile(file, 'utf8').catch(() => '')).length;
	return async () => {
		const text = (await readFile(file, 'utf8')).slice(before);
		return [...text.matchAll(/ method="(\S+)" path="(\S+)" status=(\d+) /g)]
			.map(([, method, path, status]) =>
				({ method, path, status: Number(status) }));
	};
}

// --- Keys -------------------------------------------------------------------

export function keyFile(name) {
	return `${folder(name)}/jwks.json`;
}

// The source is the URL of a Better Auth or a postgresql:// URL.
function refreshEnvironment(name, source) {
	const kind = source.startsWith('http') ? 'JWKS_URL' : 'JWKS_DATABASE_URL';
	return { JWKS_FILE: keyFile(name), [kind]: source };
}

export function refreshKeys(name, source) {
	return mustRun(['tools/admin/jwks-refresh'], refreshEnvironment(name, source));
}

export function keepKeysFresh(name, source) {
	return daemon(['tools/admin/jwks-refresh', '--loop'],
		refreshEnvironment(name, source), `${folder(name)}/jwks-refresh.log`);
}

// Return a token of this user for an API that uses the tests' secret.
export function tokenOf(user, seconds) {
	const iat = Math.floor(Date.now() / 1000);
	const text = [{ alg: 'HS256', typ: 'JWT' }, { sub: user, iat, exp: iat + seconds }]
		.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
	return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

// --- Better Auth ------------------------------------------------------------

let schemas = 0;

// Start Better Auth with its own schema in the database of the API called name.
export async function startAuth(name, port, env = {}) {
	const schema = `better_auth_${++schemas}`;
	const outbox = `${folder(name)}/${schema}.mails`;
	const url = env.AUTH_URL ?? `http://localhost:${port}`;
	await writeFile(outbox, '');
	const server = daemon(['node', 'demo/server.mjs'], {
		PORT: String(port),
		BETTER_AUTH_SECRET: secret,
		AUTH_DATABASE_URL: databaseUrl(name),
		AUTH_SCHEMA: schema,
		AUTH_OUTBOX: outbox,
		AUTH_LOG: 'requests',
		...env,
	}, `${folder(name)}/${schema}.log`);
	const local = `http://127.0.0.1:${port}`;

	await until(30, `Better Auth (${server.log})`, async () => {
		if (server.child.exitCode !== null)
			throw new Error(await readFile(server.log, 'utf8'));
		return (await fetch(`${local}/api/auth/ok`).catch(() => null))?.ok;
	});
	return { ...server, url, local, schema, outbox,
		jwks: `${local}/api/auth/jwks` };
}

// Return how often Better Auth's key set has been fetched.
export async function keySetFetches(auth) {
	const log = await readFile(auth.log, 'utf8');
	return log.match(/^GET \/api\/auth\/jwks 200$/gm)?.length ?? 0;
}
