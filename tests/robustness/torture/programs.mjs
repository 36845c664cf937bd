// Runs the programs with failing allocations (shim.c).
import { spawn } from 'node:child_process';
import {
	closeSync, openSync, readFileSync, readSync, rmSync, writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = process.env.RUN;
const never = 2n ** 62n;
let files = 0;

// The file that tells one process which allocations fail.
export class Orders {
	constructor() {
		this.path = `${folder}/orders-${++files}`;
		this.fd = openSync(this.path, 'w+');
		this.none();
	}

	write(from, until) {
		const bytes = Buffer.alloc(24);
		bytes.writeBigUInt64LE(from, 0);
		bytes.writeBigUInt64LE(until, 8);
		writeSync(this.fd, bytes, 0, 24, 0);
	}

	none() {
		this.write(never, never);
	}

	// Makes the n-th allocation from now on fail, or all from the n-th on.
	fail(n, only) {
		this.write(BigInt(n), only ? BigInt(n) + 1n : never);
	}

	// Returns the number of allocations so far.
	seen() {
		const bytes = Buffer.alloc(24);
		readSync(this.fd, bytes, 0, 24, 0);
		return Number(bytes.readBigUInt64LE(16));
	}

	close() {
		closeSync(this.fd);
	}
}

// Milliseconds after which a program counts as hanging. This is longer than its database
// timeout and the time of many null programs (PRICE, in microseconds:
// tools/admin/wait.sh).
const patience = 20000 + 10 * Number(process.env.PRICE ?? 6000);

function environment(orders) {
	return {
		LD_PRELOAD: process.env.TORTURE_SHIM,
		TORTURE_FILE: orders.path,
		DATABASE_URL: process.env.API_DIRECT_URL,
		BETTER_AUTH_SECRET: process.env.API_SECRET,
		// After an allocation failure libpq may drop a reply, and the program
		// then waits for this timeout.
		TASKS_DB_TIMEOUT_MS: '1000',
		TASKS_LOG_USER: 'hash',
		TASKS_SERVER_TIMING: 'yes',
		ASAN_OPTIONS: `verify_asan_link_order=0:${process.env.API_SANITIZER_OPTIONS}`,
		UBSAN_OPTIONS: process.env.API_SANITIZER_OPTIONS,
	};
}

// Sends one request over CGI. Returns { code, signal, output, log }.
export async function cgi(program, variables, body, orders) {
	const child = spawn(`${process.env.API_PROGRAMS}/${program}`, [], {
		env: { ...environment(orders), ...variables },
		timeout: patience,
		killSignal: 'SIGKILL',
	});
	const output = [];
	const log = [];
	child.stdout.on('data', (bytes) => output.push(bytes));
	child.stderr.on('data', (bytes) => log.push(bytes));
	child.stdin.on('error', () => {});
	child.stdin.end(body);
	const [code, signal] = await once(child, 'close');
	return {
		code, signal, output: Buffer.concat(output),
		log: Buffer.concat(log).toString(),
	};
}

function record(type, content) {
	const head = Buffer.from([1, type, 0, 1, content.length >> 8,
		content.length & 255, 0, 0]);
	return Buffer.concat([head, content]);
}

function parameter([name, value]) {
	const lengths = Buffer.alloc(8);
	lengths.writeUInt32BE(Buffer.byteLength(name) + 2 ** 31, 0);
	lengths.writeUInt32BE(Buffer.byteLength(value) + 2 ** 31, 4);
	return Buffer.concat([lengths, Buffer.from(name), Buffer.from(value)]);
}

// Returns the content of the FCGI_STDOUT records, and whether there was an
// FCGI_END_REQUEST.
function unpack(bytes) {
	const output = [];
	let ended = false;
	for (let at = 0; at + 8 <= bytes.length;) {
		const length = bytes.readUInt16BE(at + 4);
		if (bytes[at + 1] === 6)
			output.push(bytes.subarray(at + 8, at + 8 + length));
		ended ||= bytes[at + 1] === 3;
		at += 8 + length + bytes[at + 6];
	}
	return { output: Buffer.concat(output), ended };
}

// A program as a FastCGI process.
export class Process {
	constructor(program) {
		this.program = program;
		this.orders = new Orders();
		this.socket = `${this.orders.path}.sock`;
		this.log = `${this.orders.path}.log`;
	}

	async start() {
		const log = openSync(this.log, 'w');
		rmSync(this.socket, { force: true });
		this.orders.none();
		const variables = Object.entries(environment(this.orders))
			.map((pair) => pair.join('='));
		this.child = spawn('spawn-fcgi', ['-n', '-s', this.socket, '--',
			'/usr/bin/env', '-i', ...variables,
			`${process.env.API_PROGRAMS}/${this.program}`],
		{ stdio: ['ignore', log, log] });
		this.over = once(this.child, 'exit');
		this.logged = 0;
		closeSync(log);
		// spawn-fcgi listens before it executes the program, so the name of the
		// process shows when it is ready.
		while (!this.isReady() && this.child.exitCode === null)
			await sleep(10);
	}

	isReady() {
		return readFileSync(`/proc/${this.child.pid}/comm`, 'utf8').trim() ===
			this.program;
	}

	// Sends one request. Returns { ended, output, log }; ended is false if the reply
	// is incomplete.
	async ask(variables, body) {
		const socket = connect(this.socket);
		const bytes = [];
		socket.setTimeout(patience, () => socket.destroy());
		socket.on('data', (chunk) => bytes.push(chunk));
		socket.on('error', () => {});
		socket.write(Buffer.concat([
			record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
			record(4, Buffer.concat(Object.entries(variables).map(parameter))),
			record(4, Buffer.alloc(0)),
			...(body ? [record(5, Buffer.from(body))] : []),
			record(5, Buffer.alloc(0)),
		]));
		await new Promise((done) => socket.on('close', done));
		const all = readFileSync(this.log, 'utf8');
		const log = all.slice(this.logged);
		this.logged = all.length;
		return { ...unpack(Buffer.concat(bytes)), log };
	}

	// Waits until the process has ended by itself and starts another. Returns [code,
	// signal] of the one that ended.
	async restart() {
		const result = await this.over;
		await this.start();
		return result;
	}

	async stop() {
		this.orders.none();
		this.child.kill('SIGTERM');
		return this.over;
	}
}
