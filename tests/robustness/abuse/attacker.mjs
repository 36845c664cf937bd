// Runs one attack in a process of its own: attacker.mjs NAME PORT ADDRESS TOKEN. It sends
// { ready } when the attack is in progress. At the message `stop` it sends its results
// and exits, which closes its connections. It has the lowest priority, because a real
// attacker would not use the server's CPU.
import { connect } from 'node:net';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { slowness } from '../../lib/stack.mjs';

const [name, port, address, token] = process.argv.slice(2);

// The results of the attack, with the first refusal verbatim.
const told = { wanted: 0, connections: 0, accepted: 0, ended: 0, statuses: {}, refusal: null };
let going = true;

// The source address of the connection with a number: always the same one, or one of 250.
const one = () => address;
const many = n => address.replace(/\d+$/, 1 + n % 250);

// --- Requests -----------------------------------------------------------------

const start = (method, path) => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n`;
const bearer = `Authorization: Bearer ${token}\r\n`;
const page = start('GET', '/api/tasks?limit=20');
const list = `${page}${bearer}\r\n`;
const everything = `${start('GET', '/api/tasks')}${bearer}\r\n`;
const search = text => `${start('GET', `/api/tasks?limit=20&search=${text}`)}${bearer}\r\n`;
const create = `${start('POST', '/api/tasks')}${bearer}Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"`;
const preflight = `${start('OPTIONS', '/api/tasks')}Origin: http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n\r\n`;

function fields(count, bytes) {
	return Array.from({ length: count }, (_, n) => `X-${n}: ${'x'.repeat(bytes)}\r\n`).join('');
}

// --- Connections --------------------------------------------------------------

// Returns the end of the reply whose head ends at `end`, or -1 if it has not arrived
// completely.
function endOfAnswer(text, end, closed) {
	const head = text.slice(0, end);
	const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
	let next = end + 4;
	if (/\r\ntransfer-encoding: chunked/i.test(head)) {
		const last = text.indexOf('0\r\n\r\n', next);
		next = last < 0 ? Infinity : last + 5;
	} else if (length !== undefined) {
		next += Number(length);
	} else if (!/^HTTP\/1.1 204/.test(head)) {
		next = closed ? text.length : Infinity;
	}
	return next <= text.length ? next : -1;
}

// Returns a function that takes the replies out of the received data and counts them by
// status.
function reader(answered) {
	let text = '';
	return (data, closed = false) => {
		text += data.toString('latin1');
		for (;;) {
			const end = text.indexOf('\r\n\r\n');
			const next = end < 0 ? -1 : endOfAnswer(text, end, closed);
			if (next < 0)
				return;
			const status = Number(text.slice(9, 12));
			told.statuses[status] = (told.statuses[status] ?? 0) + 1;
			if (status === 429 || status === 503)
				told.refusal ??= text.slice(0, next);
			text = text.slice(next);
			answered();
		}
	};
}

const answers = () => Object.values(told.statuses).reduce((sum, number) => sum + number, 0);

function open(from, { write = '', read = true, answered = () => {}, localPort } = {}) {
	const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from, localPort, noDelay: true });
	const take = reader(() => answered(socket));
	told.connections++;
	socket.once('connect', () => {
		told.accepted++;
		if (write)
			socket.write(write);
	});
	socket.on('error', () => {});
	socket.once('close', () => {
		told.ended++;
		take('', true);
	});
	if (read)
		socket.on('data', take);
	else
		socket.pause();
	return socket;
}

// Opens `count` connections, with at most some hundreds unfinished at a time. Large
// numbers of them name their local ports, because the kernel runs out of ephemeral ports
// for one address.
async function crowd(count, from, options) {
	const sockets = [];
	told.wanted = count;
	while (sockets.length < count && going) {
		const localPort = count < 1000 ? undefined : 10000 + sockets.length;
		sockets.push(open(from(sockets.length), { ...options, localPort }));
		while (told.connections - told.accepted - told.ended > 400 && going)
			await sleep(2);
	}
	return sockets;
}

// Opens connections that send one request and become idle after the reply. Ends when all
// replies have arrived, because the ten thousand requests themselves are a flood that no
// limit per address can stop.
async function idlers(count, from, write) {
	await crowd(count, from, { write });
	while (going) {
		if (answers() >= count)
			return;
		await sleep(25);
	}
}

// Sends the text again and again on every connection.
async function drip(sockets, text, pause) {
	while (going) {
		await sleep(pause);
		for (const socket of sockets)
			if (socket.writable)
				socket.write(text);
	}
}

async function slowly(count, from, first, more, pause) {
	const sockets = await crowd(count, from, { write: first });
	drip(sockets, more, pause);
}

// Keeps connections open that send the next request as soon as the previous one is
// answered. A closed connection is opened again. Returns when a request was refused; if
// no refusal is expected (`limited` is false), after twice as many replies as
// connections.
async function flood(connections, request, { pipelined = 1, limited = true } = {}) {
	const begin = () => {
		let left = pipelined;
		if (!going)
			return;
		open(address, {
			write: request.repeat(pipelined),
			answered: socket => {
				if (--left > 0 || !going)
					return;
				left = pipelined;
				socket.write(request.repeat(pipelined));
			},
		}).once('close', () => setTimeout(begin, 1));
	};
	for (let n = 0; n < connections; n++)
		begin();
	while (going && !told.refusal && (limited || answers() < 2 * connections))
		await sleep(20);
}

async function connectAndReset() {
	while (going)
		for (const socket of await crowd(100, one))
			socket.resetAndDestroy();
}

const attacks = {
	'silent': () => crowd(10000, one),
	'silent-many': () => crowd(10000, many),
	'idle': () => crowd(10000, one, { write: list }),
	'idle-many': () => idlers(10000, many, `${start('GET', '/docs/docs.css')}\r\n`),
	'slow-header': () => slowly(1000, one, page, 'X-Slow: 1\r\n', 500),
	'slow-header-many': () => slowly(10000, many, page, 'X-Slow: 1\r\n', 2000),
	'slow-header-some': () => slowly(500, many, page, 'X-Slow: 1\r\n', 500),
	'slow-body': () => slowly(1000, one, create, 'x', 500),
	'slow-reader': async () => {
		await crowd(200, one, { write: everything.repeat(4), read: false });
		// Give the server time to prepare the lists and to block on writing them.
		await sleep(2500 * slowness);
	},
	'huge-headers': () => flood(32, `${page}${bearer}${fields(3, 16000)}\r\n`, { limited: false }),
	'many-headers': () => flood(32, `${page}${bearer}${fields(5000, 2)}\r\n`, { limited: false }),
	'endless-header': () => slowly(200, one, `${page}X-Endless: `, 'x'.repeat(8000), 20),
	'pipelined': () => flood(16, list, { pipelined: 100, limited: false }),
	'valid-token': () => flood(60, list),
	'invalid-token': () => flood(60, `${page}Authorization: Bearer a.b.c\r\n\r\n`),
	'preflight': () => flood(60, preflight),
	'search': () => flood(60, search(`y${'x'.repeat(254)}`)),
	'search-late': () => flood(60, search(`${'x'.repeat(127)}y${'x'.repeat(127)}`)),
	'crowd': () => flood(1000, list),
	'http-1.0': () => flood(60, `GET /api/tasks?limit=20 HTTP/1.0\r\n${bearer}\r\n`),
	'connections': async () => {
		connectAndReset();
		while (going && told.accepted < 200)
			await sleep(20);
	},
};

process.once('message', () => {
	going = false;
	process.send(told, () => process.exit(0));
});
setPriority(constants.priority.PRIORITY_LOW);
await attacks[name]();
process.send({ ready: true });
