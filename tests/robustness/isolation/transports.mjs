// Runs the programs in a bare environment: each request in a process of its own (CGI), or
// in FastCGI processes that serve all users in turn. ask(program, variables, body)
// returns the bytes of the reply.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { API_PROGRAMS, API_DATABASE_URL, API_SECRET, API_SANITIZER_OPTIONS } = process.env;
const settings = { DATABASE_URL: API_DATABASE_URL, BETTER_AUTH_SECRET: API_SECRET };
const sanitizer = API_SANITIZER_OPTIONS
	? { ASAN_OPTIONS: API_SANITIZER_OPTIONS, UBSAN_OPTIONS: API_SANITIZER_OPTIONS } : {};

export class Cgi {
	name = 'a process each';
	lanes = 4;

	async ask(program, variables, body) {
		const child = spawn(`${API_PROGRAMS}/${program}`, [],
			{ env: { ...settings, ...sanitizer, ...variables }, stdio: ['pipe', 'pipe', 'ignore'] });
		const parts = [];
		child.stdout.on('data', part => parts.push(part));
		child.stdin.on('error', () => {}); // the program need not read its body
		child.stdin.end(body);
		const [status] = await once(child, 'close');
		if (status !== 0)
			throw new Error(`${program} ended with ${status}`);
		return Buffer.concat(parts);
	}

	kill() {}

	async end() {}
}

const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

function record(type, bytes) {
	const header = Buffer.from([1, type, 0, 1, bytes.length >> 8, bytes.length & 255, 0, 0]);
	return Buffer.concat([header, bytes]);
}

function length(bytes) {
	const four = Buffer.alloc(4);
	four.writeUInt32BE((bytes.length | 0x80000000) >>> 0);
	return four;
}

function encode(variables, body) {
	const pairs = Object.entries(variables).flatMap(pair => {
		const [name, value] = pair.map(text => Buffer.from(text));
		return [length(name), length(value), name, value];
	});
	const nothing = Buffer.alloc(0);
	return Buffer.concat([
		record(BEGIN, Buffer.from([0, 1, 1, 0, 0, 0, 0, 0])), // responder, keep
		record(PARAMS, Buffer.concat(pairs)), record(PARAMS, nothing),
		...body.length > 0 ? [record(STDIN, body)] : [], record(STDIN, nothing)]);
}

// One FastCGI process, and one connection to it that stays open.
class Worker {
	constructor(program, place, number) {
		this.program = program;
		this.socket = `${place}/${program}-${number}`;
		this.child = spawn('spawn-fcgi', ['-n', '-s', this.socket, '--', `${API_PROGRAMS}/${program}`],
			{ env: { PATH: process.env.PATH, TASKS_ENV_FILE: `${place}/env`, ...sanitizer }, stdio: 'ignore' });
		this.ended = once(this.child, 'close');
		this.left = Buffer.alloc(0);
		this.out = [];
	}

	// spawn-fcgi creates the socket before a process accepts connections on it, so
	// retry.
	async connect() {
		for (;;) {
			const connection = createConnection(this.socket);
			try {
				await once(connection, 'connect');
				this.connection = connection;
				break;
			} catch (error) {
				if (this.child.exitCode !== null || this.child.signalCode !== null)
					throw error;
				await sleep(20);
			}
		}
		this.connection.on('data', bytes => this.take(bytes));
		this.connection.on('close', () => this.settle?.reject(new Error(`${this.program} hung up`)));
		this.connection.on('error', () => {}); // 'close' follows
	}

	take(bytes) {
		bytes = this.left = Buffer.concat([this.left, bytes]);
		let at = 0;
		while (at + 8 <= bytes.length) {
			const end = at + 8 + bytes.readUInt16BE(at + 4);
			if (end + bytes[at + 6] > bytes.length)
				break;
			if (bytes[at + 1] === STDOUT)
				this.out.push(bytes.subarray(at + 8, end));
			if (bytes[at + 1] === END) {
				this.settle.resolve(Buffer.concat(this.out));
				this.out = [];
			}
			at = end + bytes[at + 6];
		}
		this.left = bytes.subarray(at);
	}

	ask(variables, body) {
		return new Promise((resolve, reject) => {
			this.settle = { resolve, reject };
			this.connection.write(encode(variables, body));
		});
	}

	async end() {
		this.settle = undefined;
		this.connection?.destroy();
		this.child.kill('SIGTERM');
		const [status] = await this.ended;
		if (status !== 0)
			throw new Error(`${this.program} ended with ${status}`);
	}
}

export class FastCgi {
	name = 'FastCGI';
	lanes = 2;
	#workers = new Map();

	// place: a folder for the sockets. Its name must be short, because the length of
	// a socket's path is limited.
	constructor(place) {
		this.place = place;
		writeFileSync(`${place}/env`, Object.entries(settings)
			.map(([name, value]) => `${name}='${value}'\n`).join(''), { mode: 0o600 });
	}

	// Each lane has its own processes. All users share them.
	async ask(program, variables, body, lane) {
		const key = `${program} ${lane}`;
		if (!this.#workers.has(key)) {
			const worker = new Worker(program, this.place, lane);
			this.#workers.set(key, worker);
			await worker.connect();
		}
		return this.#workers.get(key).ask(variables, body);
	}

	// Kills the processes at once, for an interrupted campaign.
	kill() {
		for (const { child } of this.#workers.values())
			child.kill('SIGKILL');
	}

	async end() {
		const workers = [...this.#workers.values()];
		this.#workers.clear();
		await Promise.all(workers.map(worker => worker.end()));
	}
}
