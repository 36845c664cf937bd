// The servers of the tests, and the operations on them. tests/robustness/faults/run has
// made the namespaces, so all visible processes belong to this test.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { command, secret, tokenOf, until } from '../../lib/stack.mjs';

const run = process.env.RUN;
const password = randomBytes(12).toString('hex');
const socket = path => path.replaceAll('/', '%2F');

export const port = 8000;
export const postgresSocket = `${run}/postgres/.s.PGSQL.5432`;
export const poolSocket = `${run}/pgbouncer/.s.PGSQL.6432`;
export const relaySocket = `${run}/relay/.s.PGSQL.5432`;

// The connection to the database: over the network, or through the relay.
const ways = {
	network: `postgresql://tasks_owner:${password}@10.88.2.2/tasks?sslmode=disable`,
	relay: `postgresql://tasks_owner@/tasks?host=${socket(`${run}/relay`)}&port=5432`,
};

export const setups = {
	apache: { name: 'Apache, CGI, PgBouncer', SERVER: 'apache-event', MODE: 'cgi', POOL: 'yes' },
	fcgi: { name: 'Apache, FastCGI, PgBouncer', SERVER: 'apache-event', MODE: 'fcgi', POOL: 'yes' },
	nginx: { name: 'nginx, FastCGI, PgBouncer', SERVER: 'nginx', MODE: 'fcgi', POOL: 'yes' },
	direct: { name: 'nginx, FastCGI, no pooler', SERVER: 'nginx', MODE: 'fcgi', POOL: 'no' },
};
// All clients have the same address, so the limits per address are off.
for (const setup of Object.values(setups))
	setup.TASKS_UNLIMITED = 'yes';
setups.clocks = { ...setups.apache, name: `${setups.apache.name}, clocks` };

export async function must(args, env = {}) {
	const { code, output } = await command(args, env);
	if (code !== 0)
		throw new Error(`${args.join(' ')}: exit ${code}\n${output}`);
	return output.trim();
}

const psql = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', `${run}/postgres`,
	'-U', 'postgres', '-d', 'tasks'];

// Executes SQL as the superuser over the database's own socket. Returns the output, or
// with `check: false` whether psql succeeded.
export async function sql(text, { check = true } = {}) {
	const child = spawn('psql', psql, { env: { PATH: process.env.PATH } });
	let output = '';
	let errors = '';
	child.stdout.on('data', data => { output += data; });
	child.stderr.on('data', data => { errors += data; });
	child.stdin.on('error', () => {});
	child.stdin.end(text);
	const [code] = await once(child, 'close');
	if (check && code !== 0)
		throw new Error(`psql: ${errors}`);
	return check ? output.trim() : code === 0;
}

// Locks the table of tasks in a transaction. Returns a function that ends it.
export async function lockTasks() {
	const child = spawn('psql', psql,
		{ env: { PATH: process.env.PATH }, stdio: ['pipe', 'pipe', 'inherit'] });
	child.stdin.write("BEGIN; LOCK TABLE public.tasks; SELECT 'locked';\n");
	await once(child.stdout, 'data');
	return async () => {
		child.stdin.end('COMMIT;\n');
		await once(child, 'close');
	};
}

// --- Processes ---------------------------------------------------------------

// Returns the processes of that name for which pick(command line, pid) is true.
export function pids(name, pick = () => true) {
	return readdirSync('/proc').filter(entry => /^[0-9]+$/.test(entry)).map(Number)
		.filter(pid => {
			try {
				return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name &&
					pick(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), pid);
			} catch {
				return false;
			}
		});
}

export const parent = pid =>
	Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// Kills the processes and returns how many of them still existed.
export function kill(victims) {
	return victims.filter(pid => {
		try {
			return process.kill(pid, 'SIGKILL');
		} catch {
			return false;
		}
	}).length;
}

// --- The database ------------------------------------------------------------

const stateFile = `${run}/postgres/data/postmaster.pid`;

const isReady = () => {
	try {
		return /^ready/m.test(readFileSync(stateFile, 'utf8'));
	} catch {
		return false;
	}
};

// Starts PostgreSQL in its network namespace. Returns the time when it was ready for
// connections.
export async function startDatabase(env = {}) {
	// A killed PostgreSQL leaves this file behind.
	await rm(stateFile, { force: true });
	const started = must(['nsenter', `--net=/proc/${process.env.FAULTS_DATABASE}/ns/net`,
		'tools/dev/postgres', 'start'], env);
	const ready = until(60, 'PostgreSQL', isReady, 10).then(() => performance.now());
	await started;
	return ready;
}

export const stopDatabase = () => must(['tools/dev/postgres', 'stop']);

// PostgreSQL gets its default number of connections, a TCP listener, and a WAL that fits
// the disk. Commits do not wait for the disk unless the programs request it.
export async function makeDatabase() {
	await startDatabase();
	await writeFile(`${run}/hba`, 'local all all peer map=tasks\n' +
		'host tasks tasks_owner 10.88.1.1/32 scram-sha-256\n');
	await sql(`ALTER SYSTEM SET listen_addresses = '10.88.2.2';
		ALTER SYSTEM SET hba_file = '${run}/hba';
		ALTER SYSTEM SET max_connections = 100;
		ALTER SYSTEM SET synchronous_commit = off;
		ALTER SYSTEM SET min_wal_size = '32MB';
		ALTER SYSTEM SET max_wal_size = '64MB';
		ALTER ROLE tasks_owner PASSWORD '${password}';`);
	await stopDatabase();
	await startDatabase();
}

// --- The rest ----------------------------------------------------------------

export const startPooler = way => must(['tools/dev/pgbouncer', 'start'], { DATABASE_URL: ways[way] });
export const startApache = setup => must(['tools/dev/apache', 'start'], { PORT: port, ...setup });

export const startServers = (setup, way) =>
	must(['tools/dev/serve', 'start'],
		{ ...setup, PORT: port, DATABASE_URL: ways[way], BETTER_AUTH_SECRET: secret });

export const makeUsers = count => Array.from({ length: count }, (_, number) => {
	const id = `user-${number + 1}`;
	return { id, token: tokenOf(id, 86400) };
});

// --- Clocks ------------------------------------------------------------------

const clocks = { web: '/etc/faults-clock', database: `${run}/clock` };

// Sets by how many seconds the clock of a side is ahead of the true time. The file is
// overwritten in place, because the processes have it mapped.
export async function setClock(side, seconds) {
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64LE(BigInt(seconds));
	await writeFile(clocks[side], bytes, { flag: 'r+' });
}

// Programs that start from now on get a clock that can be set. PostgreSQL has one; all
// other programs share that of the web server's side.
export async function makeClocks() {
	for (const path of Object.values(clocks))
		await writeFile(path, Buffer.alloc(8));
	await stopDatabase();
	await writeFile('/etc/ld.so.preload', `${run}/clock.so\n`);
	await startDatabase({ FAULTS_CLOCK: clocks.database });
}

// --- The network -------------------------------------------------------------

// Sets whether the router forwards packets between the web server and the database.
export async function setLink(up) {
	await must(['nsenter', `--net=/proc/${process.env.FAULTS_ROUTER}/ns/net`, 'sh', '-c',
		`echo ${up ? 1 : 0} >/proc/sys/net/ipv4/ip_forward`]);
	return performance.now();
}
